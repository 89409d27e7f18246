/** Sign of a browser → its name. The first that is there counts: most browsers also claim to be others. */
const browsers: readonly (readonly [RegExp, string])[] = [
  [/\bEdg(?:e|A|iOS)?\/(\d+)/, 'Edge'],
  [/\bOPR\/(\d+)/, 'Opera'],
  [/\bVivaldi\/(\d+)/, 'Vivaldi'],
  [/\bSamsungBrowser\/(\d+)/, 'Samsung Internet'],
  [/\b(?:Firefox|FxiOS)\/(\d+)/, 'Firefox'],
  [/\b(?:HeadlessChrome|Chrome|CriOS)\/(\d+)/, 'Chrome'],
  [/\bVersion\/(\d+)[\d.]* (?:Mobile\/\S+ )?Safari\//, 'Safari'],
];

const systems: readonly (readonly [RegExp, string])[] = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b|\bMacintosh\b/, 'macOS'],
  [/\bLinux\b/, 'Linux'],
];

/** "Firefox 132 on Windows", "curl 8.5.0". A guess: anybody can send any text. */
export function describeUserAgent(text: string | null): string {
  const agent = text?.trim() ?? '';
  if (agent === '') return 'Unknown program';
  const system = systems.find(([sign]) => sign.test(agent))?.[1];
  for (const [sign, name] of browsers) {
    const version = sign.exec(agent)?.[1];
    if (version !== undefined) return `${name} ${version}${system ? ` on ${system}` : ''}`;
  }
  const program = /^([A-Za-z][\w.-]{0,40})\/v?(\d[\w.-]{0,20})/.exec(agent);
  if (program && program[1] !== 'Mozilla') return `${program[1]} ${program[2]}`;
  return system ? `A program on ${system}` : 'Unknown program';
}
