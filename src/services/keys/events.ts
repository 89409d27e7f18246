import type { EventType } from '../../core/webhook-events.ts';
import { getKey, type KeyRow } from '../../store/keys.ts';
import type { App, Context, Unit } from '../app.ts';
import { changedFields, publishEvent } from '../events.ts';
import { detailsOf } from './details.ts';
import { presentKey } from './view.ts';

/** Tells what a key is now. `before`: what it was, where fields of it changed. A key that is to be deleted must still be there. */
export async function publishKey(
  app: App,
  ctx: Context,
  unit: Unit,
  type: EventType & `key.${string}`,
  id: string,
  before?: KeyRow,
): Promise<void> {
  await publishEvent(app, ctx, unit, type, async () => {
    const key = await getKey(unit.tx, ctx, id);
    const [details] = await detailsOf(app, unit.tx, [key!]);
    const now = app.clock.wallMs();
    const shown = presentKey(details!, now);
    if (before === undefined) return shown;
    return { ...shown, changed: changedFields(presentKey({ ...details!, key: before }, now), shown) };
  });
}
