import { isObject, type JsonObject } from '../../src/core/merge-patch.ts';

const isSame = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

/** The merge patch (RFC 7396) that makes `after` of `before`: what is equal is left out, what is gone is null. */
export function mergeDifference(before: JsonObject, after: JsonObject): JsonObject {
  const patch: Record<string, unknown> = {};
  for (const name of Object.keys(before)) {
    if (!Object.hasOwn(after, name)) patch[name] = null;
  }
  for (const [name, value] of Object.entries(after)) {
    const old = Object.hasOwn(before, name) ? before[name] : undefined;
    if (isSame(old, value)) continue;
    patch[name] = isObject(old) && isObject(value) ? mergeDifference(old, value) : value;
  }
  return patch;
}
