// How charts write and colour. Colours are the page's custom properties: they follow light, dark and
// paper by themselves. The family has to be known by name, as text is measured before it is placed.
export const color = (name) => `var(--${name})`;

const family = getComputedStyle(document.body).fontFamily;

export const text = (more) => ({color: color('muted'), fontFamily: family, fontSize: 12, ...more});
