import type uPlot from 'uplot';
import { spreadLabels } from '@/lib/ticks.ts';
import type { Colors } from './colors.ts';
import type { Area, Line } from './lines.ts';

/** Of one label, in CSS pixels. */
const height = 16;
const swatch = 16;
export const labelFont = '12px system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif';
/** Below this width of the whole chart the labels are short. */
const roomyFrom = 560;

interface Label {
  readonly text: string;
  readonly value: number;
  readonly color: string;
  readonly dash: readonly number[];
  /** What an area is filled with; null: it is a line. */
  readonly pattern: CanvasPattern | string | null;
}

export interface Labelled {
  readonly lines: readonly Line[];
  readonly area?: Area;
}

const textOf = ({ label, short }: Line | Area, isRoomy: boolean) => (isRoomy ? label : short);

/** The names of lines and areas, at the height at which they end. */
export function labelsOf(
  { lines, area }: Labelled,
  index: number,
  isRoomy: boolean,
  colors: Colors,
  pattern: CanvasPattern | string,
): Label[] {
  const named = lines.flatMap((line): Label[] => {
    const { values, color, fill, dash = [] } = line;
    const value = values[index];
    if (value === null || value === undefined) return [];
    const common = { text: textOf(line, isRoomy), color: colors[color], dash };
    return [{ ...common, value: fill ? value / 2 : value, pattern: fill ? colors[fill] : null }];
  });
  if (area === undefined) return named;
  const upper = lines[area.upper]!.values[index] ?? 0;
  const lower = lines[area.lower]!.values[index] ?? 0;
  const middle = (upper + lower) / 2;
  const text = textOf(area, isRoomy);
  return [...named, { text, value: middle, color: colors[area.color], dash: [], pattern }];
}

let ruler: CanvasRenderingContext2D | null | undefined;

function widthOf(text: string): number {
  ruler ??= document.createElement('canvas').getContext('2d');
  if (!ruler) return text.length * 7;
  ruler.font = labelFont;
  return ruler.measureText(text).width;
}

export const isRoomy = (chartWidth: number) => chartWidth >= roomyFrom;

/** How much room they need beside the chart. */
export function gutterOf({ lines, area }: Labelled, chartWidth: number): number {
  const all = area ? [...lines, area] : lines;
  const widest = Math.max(0, ...all.map((each) => widthOf(textOf(each, isRoomy(chartWidth)))));
  return Math.ceil(widest) + swatch + 16;
}

/** Writes them beside the chart, each with a piece of its line or area before it. */
export function drawLabels(plot: uPlot, labels: readonly Label[], ratio: number) {
  const { ctx, bbox } = plot;
  const top = bbox.top / ratio;
  const wanted = labels.map(({ value }) => plot.valToPos(value, 'y', true) / ratio);
  const places = spreadLabels(wanted, height, top + height / 2, top + bbox.height / ratio - height / 2);
  const x = (bbox.left + bbox.width) / ratio + 8;
  ctx.save();
  ctx.scale(ratio, ratio);
  ctx.font = labelFont;
  ctx.textBaseline = 'middle';
  ctx.textAlign = 'left';
  for (const [i, label] of labels.entries()) {
    const y = places[i]!;
    drawSwatch(ctx, label, x, y);
    ctx.fillStyle = label.color;
    ctx.fillText(label.text, x + swatch + 4, y + 0.5);
  }
  ctx.restore();
}

function drawSwatch(ctx: CanvasRenderingContext2D, { color, dash, pattern }: Label, x: number, y: number) {
  if (pattern !== null) {
    ctx.fillStyle = pattern;
    ctx.fillRect(x, y - 5, swatch - 2, 10);
    ctx.strokeStyle = color;
    ctx.lineWidth = 1;
    ctx.setLineDash([]);
    ctx.strokeRect(x + 0.5, y - 4.5, swatch - 3, 9);
    return;
  }
  ctx.strokeStyle = color;
  ctx.lineWidth = 2;
  ctx.setLineDash([...dash]);
  ctx.beginPath();
  ctx.moveTo(x, y);
  ctx.lineTo(x + swatch - 2, y);
  ctx.stroke();
}
