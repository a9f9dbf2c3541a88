// Command hello measures the start of a minimal Go program.
package main

import "fmt"

func main() { fmt.Println("hello") }
