//go:build scale

package main

// everyCase runs a matrix whole.
const everyCase = true
