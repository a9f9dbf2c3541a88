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

// chart has two logarithmic scales: a line at 45 degrees is linear growth.
type chart struct {
	title, across string
	lines         []series
}

const (
	wide, high = 420, 260 // of one chart
	left, top  = 46, 34   // of its frame inside it
	right, low = 22, 36
)

// plot draws the cost over bases and over jobs.
func plot(rows []row) string {
	over := func(unit string) (lines []series) {
		for _, l := range []series{{"answers at once, 8 jobs", "#0b6e4f", nil}, {"answers after 100 ms, 8 jobs", "#b3541e", nil}} {
			l.points = pick(rows, unit, func(bases, jobs int, delay string) (float64, bool) {
				return float64(bases), jobs == 8 && (delay == "0s") == (len(lines) == 0) && bases != perJob*jobs
			})
			lines = append(lines, l)
		}
		return lines
	}
	var rate, ideal [][2]float64
	for _, p := range pick(rows, "x-ideal", func(bases, jobs int, _ string) (float64, bool) { return float64(jobs), bases == perJob*jobs }) {
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

// perJob is the number of bases per job in the rows over jobs.
const perJob = 40

// pick returns a figure of the rows over many bases that place accepts, with the x that
// it returns.
func pick(rows []row, unit string, place func(bases, jobs int, delay string) (x float64, ok bool)) (points [][2]float64) {
	for _, r := range rows {
		var bases, jobs int
		var delay string
		n, _ := fmt.Sscanf(strings.ReplaceAll(r.name, "/", " "), "bases=%d delay=%s jobs=%d", &bases, &delay, &jobs)
		x, ok := place(bases, jobs, delay)
		if v := r.figures[unit]; n == 3 && ok && v > 0 {
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
