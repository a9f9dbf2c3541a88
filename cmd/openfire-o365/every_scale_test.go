//go:build scale

package main

// everyCase runs all cases of the large tests.
const everyCase = true
