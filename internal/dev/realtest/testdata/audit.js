// Returns a list of accessibility problems of the page.
// Based on WCAG 2.2: language, title, headings, landmarks, labels, contrast, focus.
(() => {
  const wrong = [];
  const rgba = (text) => {
    const n = text.match(/[\d.]+/g).map(Number);
    return [n[0], n[1], n[2], n.length > 3 ? n[3] : 1];
  };
  const over = (top, under) => [0, 1, 2].map((i) => top[i] * top[3] + under[i] * (1 - top[3])).concat(1);
  const background = (element) => {
    const layers = [];
    for (let e = element; e; e = e.parentElement) layers.push(rgba(getComputedStyle(e).backgroundColor));
    const canvas = document.createElement('div');
    canvas.style.color = 'Canvas';
    document.body.append(canvas);
    const base = rgba(getComputedStyle(canvas).color);
    canvas.remove();
    return layers.reverse().reduce((under, top) => over(top, under), base);
  };
  const luminance = (c) => [0.2126, 0.7152, 0.0722].reduce((sum, weight, i) => {
    const v = c[i] / 255;
    return sum + weight * (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  }, 0);
  const contrast = (a, b) => {
    const [x, y] = [luminance(a), luminance(b)].sort((p, q) => q - p);
    return (x + 0.05) / (y + 0.05);
  };
  // drawn returns the colour of a text in a drawing and that of the shape below it,
  // and nothing for a title, which is not visible.
  const drawn = (text) => {
    if (!text.getBBox) return [];
    if (text.localName !== 'text') {
      wrong.push(`text outside of a <text> element in a drawing: ${text.textContent.slice(0, 40)}`);
      return [];
    }
    const box = text.getBBox();
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    let paper = background(text.ownerSVGElement);
    for (const e of text.ownerSVGElement.querySelectorAll('rect, path, circle, polygon, text')) {
      if (e === text) break;
      const b = e.getBBox();
      const fill = getComputedStyle(e).fill;
      if (e.localName !== 'text' && fill !== 'none' && b.x <= x && x <= b.x + b.width && b.y <= y && y <= b.y + b.height) paper = over(rgba(fill), paper);
    }
    if (box.x < 0 || box.x + box.width > text.ownerSVGElement.viewBox.baseVal.width) wrong.push(`<text> ${text.textContent} leaves its drawing`);
    return [getComputedStyle(text).fill, paper];
  };
  const seen = (e) => e.getClientRects().length > 0 && getComputedStyle(e).visibility === 'visible';
  const name = (e) => `<${e.localName}> ${(e.innerText || e.value || '').slice(0, 40)}`;

  if (!/^(fr|en)$/.test(document.documentElement.lang)) wrong.push(`lang is "${document.documentElement.lang}"`);
  if (document.title.trim().length < 5) wrong.push(`title is "${document.title}"`);
  if (document.characterSet !== 'UTF-8' || document.compatMode !== 'CSS1Compat') wrong.push(`${document.characterSet}, ${document.compatMode}`);
  for (const [what, selector] of [['h1', 'h1'], ['main landmark', 'main:not([role]), [role=main]'], ['viewport', 'meta[name=viewport]']]) {
    const n = document.querySelectorAll(selector).length;
    if (n !== 1) wrong.push(`${n} times ${what}`);
  }
  let level = 0;
  for (const h of document.querySelectorAll('h1, h2, h3, h4')) {
    if (Number(h.localName[1]) > level + 1) wrong.push(`${name(h)} skips a level`);
    level = Number(h.localName[1]);
  }
  for (const i of document.querySelectorAll('input:not([type=hidden])')) {
    if (!i.labels.length || !i.labels[0].innerText.trim()) wrong.push(`${name(i)} has no label`);
  }
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let read = 0;
  while (texts.nextNode()) {
    const e = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || !seen(e)) continue;
    read++;
    const [ink, paper] = e instanceof SVGElement ? drawn(e) : [getComputedStyle(e).color, background(e)];
    if (!ink) continue;
    const ratio = contrast(over(rgba(ink), paper), paper);
    if (ratio < 4.5) wrong.push(`${name(e)} has contrast ${ratio.toFixed(2)}`);
  }
  if (read === 0) wrong.push('no text at all');
  for (const e of document.querySelectorAll('a[href], button, input:not([type=hidden]), summary')) {
    if (!seen(e)) continue;
    const style = getComputedStyle(e);
    const edge = parseFloat(style.borderTopWidth) > 0 ? rgba(style.borderTopColor) : rgba(style.color);
    const ratio = contrast(edge, background(e.parentElement));
    if (ratio < 3) wrong.push(`${name(e)} is bounded with contrast ${ratio.toFixed(2)}`);
    if (e.tabIndex !== 0) wrong.push(`${name(e)} has tabindex ${e.tabIndex}`);
  }
  if (document.scrollingElement.scrollWidth > innerWidth) wrong.push(`${document.scrollingElement.scrollWidth} pixels wide on ${innerWidth}`);
  return wrong;
})()
