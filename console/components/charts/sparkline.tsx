import { formatCount } from '@/lib/format.ts';
import { stepPath } from '@/lib/series.ts';

interface SparklineProps {
  /** Hour by hour, oldest first. */
  readonly values: readonly number[];
  /** What they are: "Requests by hour". */
  readonly label: string;
  readonly className?: string;
}

const width = 96;
const height = 24;
const stroke = {
  fill: 'none',
  strokeWidth: 1.5,
  vectorEffect: 'non-scaling-stroke',
  transform: 'translate(0 2)',
} as const;

/** The shape of some counts, as high as the space: each row has a scale of its own. The last hour goes on, and is grey. */
export function Sparkline({ values, label, className = 'h-6 w-24' }: SparklineProps) {
  const highest = Math.max(0, ...values);
  const words =
    highest === 0
      ? 'none'
      : `${formatCount(highest)} at most, ${formatCount(values.at(-1) ?? 0)} in the last one`;
  const { line, area, last } = stepPath(values, width, height - 3);
  return (
    <svg
      role="img"
      aria-label={`${label}: ${words}`}
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
      className={className}
    >
      <title>{`${label}: ${words}`}</title>
      {highest > 0 && <path d={area} transform="translate(0 2)" className="fill-accent-soft" />}
      <path d={line} {...stroke} className={highest > 0 ? 'stroke-accent' : 'stroke-line-strong'} />
      <path d={last} {...stroke} className={highest > 0 ? 'stroke-muted' : 'stroke-line-strong'} />
    </svg>
  );
}
