// Draws stacked bars, as SVG at the size of its element.

const NAMESPACE = "http://www.w3.org/2000/svg";
const LEFT = 36; // for the numbers
const TOP = 8;
const BOTTOM = 22; // for the times
const GAP = 1; // between parts
const FILLED = 0.72; // of the space of a bar

const compact = new Intl.NumberFormat("en", { notation: "compact" });

// Each bar has a label, a title, and parts from the top down, with a name and a value.
export function draw(svg, bars) {
  const { clientWidth: width, clientHeight: height } = svg;
  if (!width || !bars.length) return svg.replaceChildren();
  const top = ceiling(Math.max(...bars.map(({ parts }) => parts.reduce((sum, { value }) => sum + value, 0))));
  const y = (value) => TOP + (1 - value / top) * (height - TOP - BOTTOM);
  const space = (width - LEFT) / bars.length;
  const views = [0, top / 2, top].filter(Number.isInteger).flatMap((value) => [
    element("line", { class: "grid", x1: LEFT, x2: width, y1: y(value), y2: y(value) }),
    text(compact.format(value), { x: LEFT - 6, y: y(value) + 4, "text-anchor": "end" }),
  ]);
  for (const [index, { parts, title }] of bars.entries()) {
    const view = element("g", {});
    view.append(element("title", {}, title));
    // As wide and high as its space, so that the title is found.
    view.append(element("rect", { class: "space", x: LEFT + index * space, y: TOP, width: space, height: y(0) - TOP }));
    let below = 0;
    for (const { name, value } of [...parts].reverse()) {
      // Never too low to be seen; with a gap below, if there is room.
      const size = { y: y(below + value), height: Math.max(y(below) - y(below + value) - GAP, 1) };
      const place = { x: LEFT + (index + (1 - FILLED) / 2) * space, width: FILLED * space };
      if (value) view.append(element("rect", { class: name, ...place, ...size }));
      below += value;
    }
    views.push(view);
  }
  for (const [index, anchor] of [[0, "start"], [bars.length >> 1, "middle"], [bars.length - 1, "end"]]) {
    const at = { start: 0, middle: 0.5, end: 1 }[anchor];
    views.push(text(bars[index].label, { x: LEFT + (index + at) * space, y: height - 6, "text-anchor": anchor }));
  }
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.replaceChildren(...views);
}

// The next round number.
function ceiling(value) {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1)));
  return [1, 2, 3, 4, 6, 8, 10].map((factor) => factor * power).find((round) => round >= value);
}

function text(content, attributes) {
  return element("text", attributes, content);
}

function element(name, attributes, content = "") {
  const view = document.createElementNS(NAMESPACE, name);
  for (const [key, value] of Object.entries(attributes)) view.setAttribute(key, value);
  view.textContent = content;
  return view;
}
