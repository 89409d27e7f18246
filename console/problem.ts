/** A refusal of the server (RFC 9457), or what stands for one when no answer came. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly requestId: string | null;
  /** What is wrong with which field of the body. */
  readonly errors: readonly FieldError[];
  /** The whole document, with what this code adds to it. */
  readonly document: Readonly<Record<string, unknown>>;

  constructor(status: number, document: Readonly<Record<string, unknown>>) {
    super(String(document.detail ?? document.title ?? 'The request was refused.'));
    this.name = 'Problem';
    this.status = status;
    this.code = String(document.code ?? 'unknown');
    this.requestId = typeof document.requestId === 'string' ? document.requestId : null;
    this.errors = Array.isArray(document.errors) ? (document.errors as FieldError[]) : [];
    this.document = document;
  }
}

export interface FieldError {
  /** `name`, `rateLimit.perMinute`, `ipAllowlist.2`. */
  readonly path: string;
  readonly message: string;
}

export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  return new Problem(0, {
    code: 'console_error',
    detail: 'Something went wrong in the console. Reload the page.',
  });
}
