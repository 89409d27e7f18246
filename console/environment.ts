import { useSearch } from '@tanstack/react-router';
import { type Environment, environmentCatalog, isEnvironment } from '../src/core/environments.ts';

/** Production, Staging, Development, Sandbox. */
export const environmentLabel = Object.fromEntries(
  environmentCatalog.map(({ name, label }) => [name, label]),
) as Readonly<Record<Environment, string>>;

/** Of the switch in the header. It stands in the address, so that a link shows what its sender saw. */
export function useEnvironment(): Environment {
  const { env } = useSearch({ strict: false });
  return env !== undefined && isEnvironment(env) ? env : 'production';
}

/** Classes of the colour that stands for an environment everywhere. Production has the colour of plain text. */
export const environmentTone: Readonly<Record<Environment, string>> = {
  production: 'text-ink bg-sunken border-line',
  staging: 'text-amber-ink bg-amber-soft border-amber-line',
  development: 'text-blue-ink bg-blue-soft border-blue-line',
  sandbox: 'text-violet-ink bg-violet-soft border-violet-line',
};

/** The bar over the page that nobody overlooks; production has none. */
export const environmentBar: Readonly<Record<Environment, string>> = {
  production: 'bg-transparent',
  staging: 'bg-amber-strong',
  development: 'bg-blue-strong',
  sandbox: 'bg-violet-strong',
};
