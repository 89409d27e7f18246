import type { KeyboardEvent } from 'react';

const boxes = 'input[type="checkbox"]:not(:disabled)';

export function focusFirstBox(list: HTMLElement | null): void {
  list?.querySelector<HTMLElement>(boxes)?.focus();
}

/** Left and right go to the next box, up and down to one that stands above or below. */
export function moveBetweenBoxes(event: KeyboardEvent<HTMLElement>): void {
  const { key, target, currentTarget: list } = event;
  // Else it would send the form that this is in.
  if (key === 'Enter' && target instanceof HTMLInputElement) event.preventDefault();
  if (!key.startsWith('Arrow') || !(target instanceof HTMLElement) || !target.matches(boxes)) return;
  const all = [...list.querySelectorAll<HTMLElement>(boxes)];
  const place = all.indexOf(target);
  const isForth = key === 'ArrowDown' || key === 'ArrowRight';
  const isSideways = key === 'ArrowLeft' || key === 'ArrowRight';
  const rest = isForth ? all.slice(place + 1) : all.slice(0, place).reverse();
  const next = isSideways ? rest[0] : nearestIn(rest, target);
  event.preventDefault();
  next?.focus();
  next?.scrollIntoView({ block: 'nearest' });
}

/** Of the boxes in the next line, the one that is least to the side. */
function nearestIn(rest: readonly HTMLElement[], from: HTMLElement): HTMLElement | undefined {
  const { top, left } = from.getBoundingClientRect();
  const lines = rest.map((box) => ({ box, at: box.getBoundingClientRect() }));
  const line = lines.find(({ at }) => Math.abs(at.top - top) > 8);
  return lines
    .filter(({ at }) => line && Math.abs(at.top - line.at.top) <= 8)
    .sort((a, b) => Math.abs(a.at.left - left) - Math.abs(b.at.left - left))[0]?.box;
}
