import uPlot from 'uplot';
import { formatCompact } from '@/lib/format.ts';
import { intervalMs } from '@/lib/ranges.ts';
import { timeTicks, valueTicks } from '@/lib/ticks.ts';
import { type Colors, hatch } from './colors.ts';
import { drawLabels, gutterOf, isRoomy, labelFont, labelsOf } from './labels.ts';
import type { Area, Line, TimeSpan } from './lines.ts';

export interface PlotSpec {
  readonly span: TimeSpan;
  readonly lines: readonly Line[];
  readonly area?: Area;
}

export interface PlotEvents {
  /** Over which point the pointer is; null: over none. */
  onHover(index: number | null): void;
  /** Epoch ms of where a drag began and ended, the earlier first. */
  onDrag?(from: number, to: number): void;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Room for one time on its axis. */
const timeRoom = 64;

/** Counts of whole intervals: a step for each of them, as wide as it lasts. */
export function makePlot(
  host: HTMLElement,
  { span, lines, area }: PlotSpec,
  size: Size,
  colors: Colors,
  { onHover, onDrag }: PlotEvents,
): uPlot {
  const { starts, to } = span;
  const from = starts[0] ?? to;
  const ratio = devicePixelRatio;
  const highest = Math.max(0, ...lines.flatMap(({ values }) => values.map((value) => value ?? 0)));
  const ticks = valueTicks(highest);
  const gutter = gutterOf({ lines, area }, size.width);
  const steps = uPlot.paths.stepped!({ align: 1 });
  const context = document.createElement('canvas').getContext('2d')!;
  const pattern = area && hatch(context, colors[area.color], ratio);
  const plot = new uPlot(
    {
      ...size,
      ms: 1,
      pxAlign: 1,
      legend: { show: false },
      padding: [8, gutter, 0, 0],
      scales: {
        x: { time: false, range: () => [from, to] },
        y: { range: () => [0, ticks.at(-1)!] },
      },
      axes: axesOf(from, to, ticks, colors),
      series: [{}, ...lines.map((line) => seriesOf(line, colors, steps))],
      bands: area && [{ series: [area.upper + 1, area.lower + 1], fill: pattern }],
      cursor: {
        y: false,
        x: false,
        points: { show: false },
        drag: { x: onDrag !== undefined, y: false, setScale: false, dist: 6 },
        bind: { dblclick: () => null },
        dataIdx: (_, __, nearest, at) => containing(starts, at) ?? nearest,
      },
      hooks: {
        setCursor: [(self) => onHover(hoveredOf(self, starts))],
        setSelect: [(self) => takeDrag(self, onDrag)],
        draw: [
          (self) => {
            const last = lastWhole(span);
            fadeUnfinished(self, span, colors);
            const room = isRoomy(size.width);
            drawLabels(self, labelsOf({ lines, area }, last, room, colors, pattern ?? ''), ratio);
          },
        ],
      },
    },
    dataOf(span, lines),
    host,
  );
  return plot;
}

/** The last step is drawn as far as time has come, which takes one more point. */
function dataOf({ starts, until }: TimeSpan, lines: readonly Line[]): uPlot.AlignedData {
  const end = Math.max(until, (starts.at(-1) ?? until) + 1);
  return [[...starts, end], ...lines.map(({ values }) => [...values, values.at(-1) ?? null])];
}

function seriesOf(
  { color, dash, fill }: Line,
  colors: Colors,
  paths: uPlot.Series.PathBuilder,
): uPlot.Series {
  return {
    paths,
    points: { show: false },
    stroke: fill ? undefined : colors[color],
    width: fill ? 0 : 1.5,
    dash: dash && [...dash],
    fill: fill && colors[fill],
  };
}

function axesOf(from: number, to: number, ticks: readonly number[], colors: Colors): uPlot.Axis[] {
  const common = { stroke: colors.muted, font: labelFont };
  const timesOf = (self: uPlot) => timeTicks(from, to, Math.floor(self.width / timeRoom) - 1);
  return [
    {
      ...common,
      size: 28,
      gap: 6,
      grid: { show: false },
      ticks: { stroke: colors.line, width: 1, size: 4 },
      splits: (self) => timesOf(self).map(({ at }) => at),
      values: (self) => timesOf(self).map(({ label }) => label),
    },
    {
      ...common,
      size: () => Math.max(...ticks.map((tick) => formatCompact(tick).length)) * 8 + 12,
      gap: 6,
      grid: { stroke: colors.line, width: 1 },
      ticks: { show: false },
      splits: () => [...ticks],
      values: (_, splits) => splits.map(formatCompact),
    },
  ];
}

/** The place of the point that `at` lies in. */
function containing(starts: readonly number[], at: number): number | null {
  const after = starts.findIndex((start) => start > at);
  const index = after < 0 ? starts.length - 1 : after - 1;
  return index < 0 ? null : index;
}

function hoveredOf(plot: uPlot, starts: readonly number[]): number | null {
  const { left } = plot.cursor;
  if (left === undefined || left < 0) return null;
  return containing(starts, plot.posToVal(left, 'x'));
}

function takeDrag(plot: uPlot, onDrag: PlotEvents['onDrag']): void {
  const { left, width } = plot.select;
  if (width <= 0) return;
  const [from, to] = [plot.posToVal(left, 'x'), plot.posToVal(left + width, 'x')];
  plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  onDrag?.(from, to);
}

/** The place of the last point that is over: the one that still counts says little. */
function lastWhole({ starts, interval, until }: TimeSpan): number {
  const last = starts.length - 1;
  return last > 0 && starts[last]! + intervalMs[interval] > until ? last - 1 : last;
}

function fadeUnfinished(plot: uPlot, span: TimeSpan, colors: Colors): void {
  const { starts } = span;
  const last = starts.length - 1;
  if (last < 1 || lastWhole(span) === last) return;
  const { ctx, bbox } = plot;
  const left = plot.valToPos(starts[last]!, 'x', true) + 1;
  ctx.save();
  ctx.globalAlpha = 0.6;
  ctx.fillStyle = colors.raised;
  ctx.fillRect(left, bbox.top, bbox.left + bbox.width - left, bbox.height);
  ctx.restore();
}

/** Where a point lies, in CSS pixels from the left edge of the plotting area. */
export function boundsOf(plot: uPlot, { starts, to }: TimeSpan, index: number) {
  const left = plot.valToPos(starts[index]!, 'x');
  return { left, width: Math.max(1, plot.valToPos(starts[index + 1] ?? to, 'x') - left) };
}
