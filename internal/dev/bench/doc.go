// Package bench measures processes of the program: time, CPU, memory, bytes sent
// and fsyncs, compared with minimal programs and with other tools for the same
// purpose. It asserts nothing about time. One command prints everything:
//
//	internal/dev/bench/run          # a minute
//	internal/dev/bench/run -whole   # ten thousand bases; writes docs/benchmarks.md
package bench
