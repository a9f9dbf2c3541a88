//go:build !linux

package disk

import "os"

// preallocate writes zeros: there is no portable way to reserve disk space.
func preallocate(f *os.File, size int64) error {
	_, err := f.WriteAt(make([]byte, size), 0)
	return err
}

func copyAttributes(_, _ *os.File) error { return nil }

func immutablePath(string) string { return "" }

func requireReplaceable(string) error { return nil }
