//go:build !scale

package main

// everyCase runs only a part of the large tests; the stage "scale" runs all.
const everyCase = false
