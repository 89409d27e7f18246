/** Hours of each day in which nobody is to be told: from `22:00` to `07:00`, by the clock of a place. */
export interface QuietHours {
  /** `HH:MM`; included. */
  readonly from: string;
  /** `HH:MM`; not included. */
  readonly to: string;
  /** IANA, such as `Europe/Berlin`. */
  readonly timeZone: string;
}

const minuteMs = 60_000;
const dayMinutes = 1_440;
/** Clocks change at quarters of an hour. */
const quarterMinutes = 15;

const formats = new Map<string, Intl.DateTimeFormat>();

/** Throws a RangeError where there is no such time zone. */
function formatFor(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit' });
  formats.set(timeZone, format);
  return format;
}

const zones = new Set<string>(Intl.supportedValuesOf('timeZone'));

/** Whether it is a name of the IANA list, or UTC: anything else would be a different time with each Node. */
export function isTimeZone(name: string): boolean {
  return name === 'UTC' || zones.has(name);
}

function minutesOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));
}

/** Minutes from one time of the day to the next such other one: 0 to 1,439. */
function minutesUntil(from: number, to: number): number {
  return (to - from + dayMinutes) % dayMinutes;
}

/** Epoch ms from which on somebody may be told: `now` itself, or the end of the quiet hours that it lies in. */
export function quietUntil({ from, to, timeZone }: QuietHours, now: number): number {
  const format = formatFor(timeZone);
  const start = minutesOf(from);
  const end = minutesOf(to);
  for (let at = now; ; ) {
    const local = minutesOf(format.format(at));
    const isQuiet = minutesUntil(start, local) < minutesUntil(start, end);
    if (!isQuiet) return at;
    const minute = Math.floor(at / minuteMs);
    const untilQuarter = quarterMinutes - (minute % quarterMinutes);
    at = (minute + Math.min(minutesUntil(local, end), untilQuarter)) * minuteMs;
  }
}
