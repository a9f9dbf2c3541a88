package screens

import (
	"fmt"
	"html"
	"strings"
)

// Sheet draws screens of one size side by side, each under its name, to be
// looked over at once.
func Sheet(all []Screen, perRow int, p *Palette) string {
	const gap, label = 24.0, 22.0
	d := newDrawing()
	width, height := float64(all[0].Columns)*cellW+gap, float64(len(all[0].Rows))*cellH+gap+label
	var body strings.Builder
	for i := range all {
		x, y := float64(i%perRow)*width+gap, float64(i/perRow)*height+gap
		scenes, _ := cut(d, all[i:i+1])
		fmt.Fprintf(&body, `<g transform="translate(%s %s)"><text class="name" y="14">%s</text><g transform="translate(0 %s)"><rect class="paper" width="%s" height="%s"/><g class="ink">`,
			n(x), n(y), html.EscapeString(all[i].Name), n(label), n(width-gap), n(height-gap-label))
		for _, sc := range scenes {
			body.WriteString(sc.body.String())
		}
		body.WriteString("</g></g></g>\n")
	}
	rows := (len(all) + perRow - 1) / perRow
	across, down := float64(perRow)*width+gap, float64(rows)*height+gap
	return fmt.Sprintf("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %[1]s %[2]s\" width=\"%[1]s\" height=\"%[2]s\">\n<style>\n%[3]s</style>\n<defs>\n%[4]s</defs>\n<rect class=\"bar\" width=\"100%%\" height=\"100%%\"/>\n%[5]s</svg>\n",
		n(across), n(down), d.style(p, nil), d.defs.String(), body.String())
}
