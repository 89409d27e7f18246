export type JsonObject = { readonly [name: string]: unknown };

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Members of a merge patch (RFC 7396) at every depth: null takes a member away, a list is replaced as a whole. */
export function mergePatch(current: JsonObject, patch: JsonObject): JsonObject {
  const result: Record<string, unknown> = { ...current };
  for (const [name, value] of Object.entries(patch)) {
    if (value === undefined) continue;
    if (value === null) delete result[name];
    else if (!isObject(value)) result[name] = value;
    else {
      const before = current[name];
      result[name] = mergePatch(isObject(before) ? before : {}, value);
    }
  }
  return result;
}
