//go:build !scale

package main

// everyCase leaves the tails of the largest matrices to the stage "scale".
const everyCase = false
