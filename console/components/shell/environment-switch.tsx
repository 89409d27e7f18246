import { ChevronsUpDown } from 'lucide-react';
import { environmentLabel, environmentTone, useEnvironment } from '@/environment.ts';
import { cn } from '@/lib/cn.ts';
import { useFilters } from '@/lib/search-params.ts';
import { environmentCatalog } from '../../../src/core/environments.ts';
import { Menu, MenuLabel, MenuRadio } from '../ui/menu.tsx';

/** Which environment every page is about. Keys, data, limits and logs of one never meet another's. */
export function EnvironmentSwitch() {
  const environment = useEnvironment();
  const [, change] = useFilters();
  return (
    <Menu
      align="start"
      trigger={
        <button
          type="button"
          aria-label={`Environment: ${environmentLabel[environment]}. Switch`}
          className={cn(
            'inline-flex h-8 items-center gap-1.5 rounded-md border px-2.5 font-medium',
            environmentTone[environment],
          )}
        >
          {environmentLabel[environment]}
          <ChevronsUpDown className="size-3.5 opacity-60" aria-hidden />
        </button>
      }
    >
      <MenuLabel>Environment</MenuLabel>
      <MenuRadio
        value={environment}
        onChange={(env) => change({ env: env === 'production' ? undefined : env })}
        choices={environmentCatalog.map(({ name, label, description }) => ({
          value: name,
          label: (
            <span>
              <span className="font-medium">{label}</span>
              <span className="block text-muted text-sm">{description}</span>
            </span>
          ),
        }))}
      />
    </Menu>
  );
}
