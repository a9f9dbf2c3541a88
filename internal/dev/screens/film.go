package screens

import (
	"fmt"
	"html"
	"slices"
	"strings"
	"time"
)

// Words are what a picture says to those who cannot see it, in which language,
// and the name on its window.
type Words struct{ Lang, Title, About, Window string }

// Film draws screens that follow one another for ever, each as long as it is
// held, as one SVG that moves by style alone, in light and in dark. Where motion
// is not wanted, or not known, the screen named still stands.
func Film(all []Screen, still string, w Words) string {
	d := newDrawing()
	scenes, total := cut(d, all)
	var body, rules strings.Builder
	fmt.Fprintf(&rules, ".k{animation:%s step-end infinite;visibility:hidden}.z{visibility:visible}\n", seconds(total))
	for i, sc := range scenes {
		class := ""
		if len(sc.when) > 0 {
			class = fmt.Sprintf(` class="k k%d`, i)
			if sc.shows(all, still) {
				class += " z"
			}
			class += `"`
			fmt.Fprintf(&rules, ".k%d{animation-name:k%d}@keyframes k%d{%s}\n", i, i, i, sc.keyframes(total))
		}
		fmt.Fprintf(&body, "<g%s>%s</g>\n", class, sc.body.String())
	}
	rules.WriteString("@media(prefers-reduced-motion:reduce){.k{animation:none}}\n")
	columns, rows := all[0].Columns, len(all[0].Rows)
	return window(columns, rows, w, d.style(&Light, &Dark)+rules.String(), d.defs.String(), body.String())
}

// scene is what is seen during the same stretches of a film.
type scene struct {
	seen []bool          // by screen
	when []time.Duration // changes between seen and not; none for what never changes
	body strings.Builder
}

// cut sorts all that is drawn on all screens by when it is seen.
func cut(d *drawing, all []Screen) (scenes []*scene, total time.Duration) {
	var order []string
	seen := map[string][]bool{}
	show := func(i int, use string) {
		if seen[use] == nil {
			seen[use] = make([]bool, len(all))
			order = append(order, use)
		}
		seen[use][i] = true
	}
	for i := range all {
		total += all[i].Hold
		for y, row := range all[i].Rows {
			if id := d.row(row); id != "" {
				show(i, fmt.Sprintf(`<use href="#%s" y="%s"/>`, id, n(float64(y)*cellH)))
			}
		}
		if s := &all[i]; s.Cursor {
			show(i, fmt.Sprintf(`<rect x="%s" y="%s" width="%s" height="%s" opacity=".6"/>`, n(float64(s.X)*cellW), n(float64(s.Y)*cellH), n(cellW), n(cellH)))
		}
	}
	known := map[string]*scene{}
	for _, use := range order {
		key := fmt.Sprint(seen[use])
		sc := known[key]
		if sc == nil {
			sc = &scene{seen: seen[use]}
			sc.when = sc.changes(all)
			known[key] = sc
			scenes = append(scenes, sc)
		}
		sc.body.WriteString(use)
	}
	return scenes, total
}

// changes are the moments at which a scene comes or goes.
func (sc *scene) changes(all []Screen) (when []time.Duration) {
	var at time.Duration
	for i := range all {
		if i > 0 && sc.seen[i] != sc.seen[i-1] {
			when = append(when, at)
		}
		at += all[i].Hold
	}
	return when
}

// shows reports that a scene is part of the screen of that name.
func (sc *scene) shows(all []Screen, name string) bool {
	for i := range all {
		if all[i].Name == name {
			return sc.seen[i]
		}
	}
	return false
}

// keyframes say from when on a scene is seen, and from when on it is not.
func (sc *scene) keyframes(total time.Duration) string {
	state := map[bool]string{true: "visible", false: "hidden"}
	on := sc.seen[0]
	frames := "0%{visibility:" + state[on] + "}"
	for _, at := range sc.when {
		on = !on
		percent := fmt.Sprintf("%.3f", 100*at.Seconds()/total.Seconds())
		frames += percent + "%{visibility:" + state[on] + "}"
	}
	return frames
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.2fs", d.Seconds()) }

// window puts a screen's drawing into a window of its own.
func window(columns, rows int, w Words, css, defs, body string) string {
	width, height := float64(columns)*cellW+2*margin, float64(rows)*cellH+titleH+1.5*margin
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %s %s" width="%s" height="%s" role="img" lang="%s" aria-labelledby="t d">`+"\n", n(width), n(height), n(width), n(height), w.Lang)
	fmt.Fprintf(&b, "<title id=\"t\">%s</title>\n<desc id=\"d\">%s</desc>\n<style>\n%s</style>\n<defs>\n%s</defs>\n", html.EscapeString(w.Title), html.EscapeString(w.About), css, defs)
	fmt.Fprintf(&b, `<rect class="paper" width="%s" height="%s" rx="10"/><path class="bar" style="stroke:none" d="M0 %sv-%sa10 10 0 0 1 10-10h%sa10 10 0 0 1 10 10v%sz"/>`,
		n(width), n(height), n(titleH), n(titleH-10), n(width-20), n(titleH-10))
	fmt.Fprintf(&b, `<rect class="edge" style="fill:none" x=".5" y=".5" width="%s" height="%s" rx="9.5"/>`, n(width-1), n(height-1))
	for i := range 3 {
		fmt.Fprintf(&b, `<circle class="dot" cx="%s" cy="%s" r="5.5"/>`, n(margin+6+float64(i)*18), n(titleH/2))
	}
	fmt.Fprintf(&b, `<text class="name" x="%s" y="%s" text-anchor="middle" style="font-size:13px">%s</text>`+"\n", n(width/2), n(titleH/2+4.5), html.EscapeString(w.Window))
	fmt.Fprintf(&b, `<g class="ink" transform="translate(%s %s)">`+"\n%s</g>\n</svg>\n", n(margin), n(titleH+margin/2), body)
	return b.String()
}

// Unroll is a screen that comes row by row below the one before it, as a program
// writes it; what it ends on is held as long as it wants.
func Unroll(before, after Screen, step time.Duration) (all []Screen) {
	for y := before.Y; y < after.Y; y++ {
		s := after
		s.Name, s.Hold, s.X, s.Y = after.Name+"-"+fmt.Sprint(y), step, 0, y+1
		s.Rows = slices.Clone(after.Rows)
		for below := y + 1; below < len(s.Rows); below++ {
			s.Rows[below] = slices.Repeat([]Cell{{' ', plain}}, s.Columns)
		}
		all = append(all, s)
	}
	return append(all, after)
}

// Scroll shows what a terminal of so few rows shows of screens of a higher one:
// the rows down to the cursor.
func Scroll(all []Screen, rows int) []Screen {
	low := slices.Clone(all)
	for i := range low {
		s := &low[i]
		top := max(0, s.Y+1-rows)
		s.Rows, s.Y = s.Rows[top:min(top+rows, len(s.Rows))], s.Y-top
	}
	return low
}
