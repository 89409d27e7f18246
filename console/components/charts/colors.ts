/** What a canvas is painted with: names of the variables in style.css. */
const names = {
  accent: '--accent',
  'accent-soft': '--accent-soft',
  ink: '--ink',
  muted: '--muted',
  line: '--line',
  raised: '--raised',
  amber: '--amber-ink',
  red: '--red-ink',
} as const;
export type ColorName = keyof typeof names;
export type Colors = Readonly<Record<ColorName, string>>;

/** The colours of the theme that `at` has now; a canvas knows no variables. */
export function readColors(at: HTMLElement): Colors {
  const probe = document.createElement('span');
  at.append(probe);
  const entries = Object.entries(names).map(([name, variable]) => {
    probe.style.color = `var(${variable})`;
    return [name, getComputedStyle(probe).color];
  });
  probe.remove();
  return Object.fromEntries(entries);
}

/** Calls when the theme changes: that of the system, or the one that was chosen. */
export function watchTheme(changed: () => void): () => void {
  const system = matchMedia('(prefers-color-scheme: dark)');
  const observer = new MutationObserver(changed);
  observer.observe(document.documentElement, { attributeFilter: ['data-theme'] });
  system.addEventListener('change', changed);
  return () => {
    observer.disconnect();
    system.removeEventListener('change', changed);
  };
}

/** Diagonal lines, so that an area is told from the one beside it without its colour. */
export function hatch(
  context: CanvasRenderingContext2D,
  color: string,
  ratio: number,
): CanvasPattern | string {
  const size = Math.round(6 * ratio);
  const tile = document.createElement('canvas');
  tile.width = size;
  tile.height = size;
  const draw = tile.getContext('2d');
  if (draw === null) return color;
  draw.strokeStyle = color;
  draw.lineWidth = 1.4 * ratio;
  for (const shift of [-size, 0, size]) {
    draw.moveTo(shift - 1, size + 1);
    draw.lineTo(shift + size + 1, -1);
  }
  draw.stroke();
  return context.createPattern(tile, 'repeat') ?? color;
}
