import 'uplot/dist/uPlot.min.css';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import type uPlot from 'uplot';
import { readColors, watchTheme } from './colors.ts';
import { boundsOf, makePlot, type PlotSpec } from './plot.ts';

interface TimeChartProps {
  /** What it shows, with its figures, for those who do not see it. The table behind it has them all. */
  readonly label: string;
  /** The same object as long as nothing changes: another one is drawn anew. */
  readonly spec: PlotSpec;
  readonly height?: number;
  /** What is said of the point under the pointer; null: of all of them. */
  readout(index: number | null): ReactNode;
  onDrag?(from: number, to: number): void;
}

/** Lines and areas over time, on a canvas. A drag over it asks for a part of it. */
export default function TimeChart({ label, spec, height = 220, readout, onDrag }: TimeChartProps) {
  const host = useRef<HTMLDivElement>(null);
  const [hovered, setHovered] = useState<number | null>(null);
  const [theme, setTheme] = useState(0);
  const drawn = useCalmly(spec);
  const drag = useRef(onDrag);
  drag.current = onDrag;
  const isZoomable = onDrag !== undefined;
  useEffect(() => watchTheme(() => setTheme((count) => count + 1)), []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the colours are read from the document, which a theme changes
  useEffect(() => {
    const element = host.current;
    if (element === null) return;
    let plot: uPlot | null = null;
    let width = 0;
    const draw = () => {
      plot?.destroy();
      plot = makePlot(element, drawn, { width, height }, readColors(element), {
        onHover: (index) => {
          setHovered(index);
          if (plot) mark(plot, drawn, index);
        },
        onDrag: isZoomable ? (from, to) => drag.current?.(from, to) : undefined,
      });
    };
    // How much stands beside the chart depends on its width: it is made anew rather than stretched.
    const observer = new ResizeObserver(([entry]) => {
      const next = Math.floor(entry?.contentRect.width ?? 0);
      if (next === 0 || next === width) return;
      width = next;
      draw();
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot?.destroy();
      setHovered(null);
    };
  }, [drawn, height, theme, isZoomable]);
  const shown = hovered !== null && hovered < drawn.span.starts.length ? hovered : null;
  return (
    <figure className="min-w-0">
      <div aria-hidden className="mb-1 min-h-5 text-muted text-sm max-sm:min-h-10">
        {readout(shown)}
      </div>
      <div
        ref={host}
        role="img"
        aria-label={label}
        style={{ height }}
        className="min-w-0 overflow-hidden [&_.u-select]:bg-accent/20!"
      />
    </figure>
  );
}

/** The newest of what is given, but none as long as the pointer is down: new figures must not end a drag. */
function useCalmly<T>(value: T): T {
  const [calm, setCalm] = useState(value);
  const isDown = useRef(false);
  useEffect(() => {
    const press = () => {
      isDown.current = true;
    };
    const release = () => {
      isDown.current = false;
    };
    addEventListener('mousedown', press, true);
    addEventListener('mouseup', release, true);
    return () => {
      removeEventListener('mousedown', press, true);
      removeEventListener('mouseup', release, true);
    };
  }, []);
  useEffect(() => {
    if (!isDown.current) return setCalm(value);
    const take = () => setCalm(value);
    addEventListener('mouseup', take);
    return () => removeEventListener('mouseup', take);
  }, [value]);
  return calm;
}

const markName = 'keyward-mark';

/** Shows which point is meant. */
function mark(plot: uPlot, { span }: PlotSpec, index: number | null): void {
  let element = plot.under.querySelector<HTMLElement>(`.${markName}`);
  if (element === null) {
    element = document.createElement('div');
    element.className = `${markName} absolute inset-y-0 bg-accent/15`;
    plot.under.append(element);
  }
  element.hidden = index === null;
  if (index === null) return;
  const { left, width } = boundsOf(plot, span, index);
  element.style.left = `${left}px`;
  element.style.width = `${width}px`;
}
