package main

import (
	"fmt"
	"math"
	"strings"
)

// series is one line of a chart.
type series struct {
	name, colour string
	points       [][2]float64
}

// chart has logarithmic scales on both sides: a straight line at 45 degrees is
// work that grows with what it is done for.
type chart struct {
	title, across string
	lines         []series
}

const (
	wide, high = 420, 260 // of one chart
	left, top  = 46, 34   // of its frame inside it
	right, low = 14, 36
)

// plot is the cost over bases and over jobs.
func plot(rows []row) string {
	over := func(unit string) (lines []series) {
		return []series{
			{"at once, 8 jobs", "#0b6e4f", pick(rows, "bases", "delay=0s/jobs=8", unit)},
			{"100 ms, 8 jobs", "#b3541e", pick(rows, "bases", "delay=100ms/jobs=8", unit)},
		}
	}
	var rate, ideal [][2]float64
	for _, p := range pick(rows, "jobs", "delay=100ms", "x-ideal") {
		rate = append(rate, [2]float64{p[0], p[0] / 0.1 / p[1]})
		ideal = append(ideal, [2]float64{p[0], p[0] / 0.1})
	}
	charts := []chart{
		{"seconds", "bases", over("wall-s")},
		{"CPU seconds", "bases", over("cpu-s")},
		{"MiB", "bases", over("MiB")},
		{"bases per second, a server of 100 ms", "jobs", []series{{"measured", "#b3541e", rate}, {"ideal", "#999999", ideal}}},
	}
	var out strings.Builder
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="11" fill="#333">`+"\n", 2*wide, 2*high)
	fmt.Fprintf(&out, `<rect width="100%%" height="100%%" fill="#fff"/>`+"\n")
	for i, c := range charts {
		fmt.Fprintf(&out, `<g transform="translate(%d,%d)">`+"\n%s</g>\n", i%2*wide, i/2*high, c.draw())
	}
	out.WriteString("</svg>\n")
	return out.String()
}

// pick reads one figure of the rows over many bases: by number of bases or
// jobs, those whose name has the words. Of two with as many jobs the last counts.
func pick(rows []row, by, words, unit string) (points [][2]float64) {
	for _, r := range rows {
		var bases, jobs int
		var delay string
		name := strings.ReplaceAll(r.name, "/", " ")
		if n, _ := fmt.Sscanf(name, "bases=%d delay=%s jobs=%d", &bases, &delay, &jobs); n != 3 || !strings.Contains(r.name+"/", words+"/") {
			continue
		}
		x := float64(bases)
		if by == "jobs" {
			x = float64(jobs)
		}
		v, there := r.figures[unit]
		switch n := len(points); {
		case !there || v <= 0:
		case n > 0 && points[n-1][0] == x:
			points[n-1][1] = v
		default:
			points = append(points, [2]float64{x, v})
		}
	}
	return points
}

func (c chart) draw() string {
	var out strings.Builder
	lo, hi := [2]float64{math.Inf(1), math.Inf(1)}, [2]float64{}
	for _, s := range c.lines {
		for _, p := range s.points {
			for axis := range p {
				lo[axis], hi[axis] = min(lo[axis], p[axis]), max(hi[axis], p[axis])
			}
		}
	}
	if hi[0] == 0 {
		return ""
	}
	for axis := range lo { // whole decades
		lo[axis] = math.Floor(math.Log10(lo[axis]))
		hi[axis] = max(math.Ceil(math.Log10(hi[axis])), lo[axis]+1)
	}
	x := func(v float64) float64 { return left + (math.Log10(v)-lo[0])/(hi[0]-lo[0])*(wide-left-right) }
	y := func(v float64) float64 { return high - low - (math.Log10(v)-lo[1])/(hi[1]-lo[1])*(high-top-low) }
	fmt.Fprintf(&out, `<text x="%d" y="16" font-weight="bold">%s</text><text x="%d" y="%d" text-anchor="end">%s</text>`+"\n", left, c.title, wide-right, high-6, c.across)
	for e := lo[0]; e <= hi[0]; e++ {
		v := math.Pow(10, e)
		fmt.Fprintf(&out, `<path d="M%.1f %dV%d" stroke="#ddd"/><text x="%.1f" y="%d" text-anchor="middle">%g</text>`+"\n", x(v), top, high-low, x(v), high-low+14, v)
	}
	for e := lo[1]; e <= hi[1]; e++ {
		v := math.Pow(10, e)
		fmt.Fprintf(&out, `<path d="M%d %.1fH%d" stroke="#ddd"/><text x="%d" y="%.1f" text-anchor="end">%g</text>`+"\n", left, y(v), wide-right, left-4, y(v)+4, v)
	}
	for i, s := range c.lines {
		var path []string
		for _, p := range s.points {
			path = append(path, fmt.Sprintf("%.1f %.1f", x(p[0]), y(p[1])))
			fmt.Fprintf(&out, `<circle cx="%.1f" cy="%.1f" r="2.5" fill="%s"/>`, x(p[0]), y(p[1]), s.colour)
		}
		fmt.Fprintf(&out, `<path d="M%s" fill="none" stroke="%s" stroke-width="1.5"/><text x="%d" y="%d" fill="%s">%s</text>`+"\n", strings.Join(path, "L"), s.colour, left+8, top+14+14*i, s.colour, s.name)
	}
	return out.String()
}
