import type { KeyboardEvent } from 'react';

const controls = 'a, button';

/** Up and down go to the same kind of control in the next row. */
export function moveBetweenRows(event: KeyboardEvent): void {
  if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
  const { target } = event;
  if (!(target instanceof HTMLElement) || target.matches('input, textarea, select, [aria-expanded="true"]')) {
    return;
  }
  const row = target.closest('tr[data-row]');
  const next = event.key === 'ArrowDown' ? row?.nextElementSibling : row?.previousElementSibling;
  const place = [...(row?.querySelectorAll(controls) ?? [])].indexOf(target);
  const to = next?.matches('[data-row]')
    ? next.querySelectorAll<HTMLElement>(controls)[Math.max(place, 0)]
    : undefined;
  if (!to) return;
  event.preventDefault();
  to.focus();
  to.scrollIntoView({ block: 'nearest' });
}
