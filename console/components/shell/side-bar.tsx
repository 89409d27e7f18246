import { Link } from '@tanstack/react-router';
import { useMay } from '@/session.ts';
import { sections } from './navigation.ts';

export function SideBar() {
  const may = useMay();
  return (
    <nav aria-label="Pages" className="flex flex-col gap-5">
      {sections.map(({ label, items }) => (
        <div key={label}>
          <h2 className="px-2 pb-1 text-muted text-xs">{label}</h2>
          <ul>
            {items
              .filter(({ area }) => area === undefined || may(area, 'read'))
              .map(({ label: text, to, icon: Icon }) => (
                <li key={to}>
                  <Link
                    to={to}
                    search={(before: { env?: string }) => ({ env: before.env })}
                    activeOptions={{ includeSearch: false }}
                    className="flex h-8 items-center gap-2 rounded-md px-2 text-muted hover:bg-hover hover:text-ink aria-[current=page]:bg-sunken aria-[current=page]:font-medium aria-[current=page]:text-ink"
                  >
                    <Icon className="size-4 shrink-0" aria-hidden />
                    {text}
                  </Link>
                </li>
              ))}
          </ul>
        </div>
      ))}
    </nav>
  );
}
