// A result whose names try to be markup, scripts and marks that reorder text.
const SCRIPT = '<script>alert(1)</script><img src=x onerror=alert(1)>';
const RULES = [
  [/\bapi\b/g, SCRIPT],
  [/\breaders\b/g, 'pay\u202egnp.exe</noscript><script>alert(2)</script>'],
  [/\bstore\b/g, `long-${'n'.repeat(10000)}`],
  [/\bzone b dark\b/g, '"><svg onload=alert(3)>{{7*7}}${7*7}'],
  [/\beu\b/g, '</style></details></section>&lt;b&gt;'],
];

/** Every text of `value`, keys included, with the names of the zone outage exchanged. */
export function withHostileNames(value) {
  const rename = (text) =>
    RULES.reduce((out, [name, hostile]) => out.replace(name, () => hostile), text);
  if (typeof value === 'string') return rename(value);
  if (Array.isArray(value)) return value.map(withHostileNames);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [rename(key), withHostileNames(one)]),
  );
}

export const hostileService = SCRIPT;
