package refreshcmd

import "math"

// maxJobs returns no limit: Windows has none of open files that could be met here.
func maxJobs() int { return math.MaxInt }
