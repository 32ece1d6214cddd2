// Elements of the page. Everything that is shown goes in as text: names of queues come from events, and nobody knows what is in them.

const SVG = "http://www.w3.org/2000/svg";

/** An element with attributes (null and false: without) and children: elements or text. */
export function element(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

/** The same in a drawing. */
export function drawn(tag, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

function filled(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

/** Writes only what differs: a board that stands still does no work. */
export function say(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

export function mark(target, name, value) {
  if (value === null || value === false) {
    if (target.hasAttribute(name)) target.removeAttribute(name);
  } else if (target.getAttribute(name) !== String(value)) target.setAttribute(name, String(value));
}

/** `box` has as many children as there are items: `make()` adds one, `fill(child, item)` shows it. */
export function listed(box, items, make, fill) {
  while (box.children.length > items.length) box.lastElementChild.remove();
  while (box.children.length < items.length) box.append(make());
  items.forEach((item, index) => fill(box.children[index], item));
}
