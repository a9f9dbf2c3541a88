// Package bench measures the program as a whole process: time, CPU, memory,
// bytes sent and fsyncs, beside the least that the work takes and beside what
// people use today. It asserts nothing about time. One command prints all:
//
//	internal/dev/bench/run          # a minute
//	internal/dev/bench/run -whole   # ten thousand bases; writes docs/benchmarks.md
package bench
