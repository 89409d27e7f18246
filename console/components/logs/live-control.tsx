import { ArrowUp, Pause, Play } from 'lucide-react';
import { useEffect } from 'react';
import { Button } from '@/components/ui/button.tsx';
import { cn } from '@/lib/cn.ts';
import { plural } from '@/lib/format.ts';
import type { LogStream } from './log-stream.ts';

const dots = {
  opening: 'bg-line-strong',
  live: 'bg-green-strong',
  cut: 'bg-amber-strong',
  failed: 'bg-red-strong',
} as const;

const words = { opening: 'Connecting', live: 'Live', cut: 'Reconnecting', failed: 'Not live' } as const;

interface LiveControlProps {
  readonly stream: LogStream;
  readonly isPaused: boolean;
  toggle(): void;
}

/** Says whether new requests come in by themselves, and keeps them from it. */
export function LiveControl({ stream, isPaused, toggle }: LiveControlProps) {
  useSpace(toggle);
  const { state, waiting } = stream;
  const Icon = isPaused ? Play : Pause;
  const word = isPaused ? 'Paused' : words[state];
  return (
    <>
      <Button onClick={toggle} title={isPaused ? 'Go on (Space)' : 'Pause (Space)'}>
        <span className={cn('size-2 rounded-full', isPaused ? 'bg-line-strong' : dots[state])} aria-hidden />
        {word}
        <span className="sr-only">{isPaused ? ', show new requests' : ', pause new requests'}</span>
        {isPaused && waiting > 0 && <span className="text-muted">{plural(waiting, 'new', 'new')}</span>}
        <Icon className="text-muted" aria-hidden />
      </Button>
      <span className="sr-only" role="status">
        {isPaused ? 'New requests are paused' : state === 'cut' ? 'The connection is cut; reconnecting' : ''}
      </span>
    </>
  );
}

/** Leads back to the top, where what has come meanwhile is shown. Stays in sight while the list is scrolled. */
export function NewPill({ count, onClick }: { readonly count: number; onClick(): void }) {
  return (
    <div className="pointer-events-none sticky top-[calc(var(--header-height)+44px)] z-20 flex h-0 justify-center">
      {count > 0 && (
        <button
          type="button"
          onClick={onClick}
          className="pointer-events-auto inline-flex h-8 animate-rise items-center gap-1.5 rounded-full bg-accent px-3 font-medium text-accent-ink shadow-lg hover:bg-accent-hover"
        >
          <ArrowUp className="size-4" aria-hidden />
          {plural(count, 'new request')}
        </button>
      )}
    </div>
  );
}

/** Space, where it would not press or type anything. */
function useSpace(toggle: () => void): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.key !== ' ' || event.repeat || event.defaultPrevented) return;
      const { target } = event;
      const isPlain = target === document.body || (target instanceof HTMLElement && target.id === 'main');
      if (!isPlain || document.querySelector('[role="dialog"]')) return;
      event.preventDefault();
      toggle();
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, [toggle]);
}
