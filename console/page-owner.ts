/**
 * Whose page this is. Two tabs share one cookie: when somebody else signs in, or the owner signs out, in any of them,
 * every page that shows something of the owner is loaded anew, so that nothing of one person is left for the next.
 */
let owner: string | null = null;
let isOver = false;

/** `userId`: who is signed in from now on; null: nobody. */
interface Change {
  readonly userId: string | null;
}

const channel = new BroadcastChannel('keyward.session');

channel.addEventListener('message', ({ data: { userId } }: MessageEvent<Change>) => {
  if (owner !== null && owner !== userId) loadAnew();
});

// Before the router's, which would let a form that is not saved hold the page of somebody who is gone.
addEventListener('beforeunload', (event) => isOver && event.stopImmediatePropagation(), { capture: true });

function loadAnew(): void {
  isOver = true;
  location.reload();
}

/** From when something of a person is shown. */
export function ownPage(userId: string): void {
  owner ??= userId;
}

/** Tells the other tabs who has signed in here, or with null that the owner has signed out. */
export function tellOtherTabs(userId: string | null): void {
  channel.postMessage({ userId } satisfies Change);
}

/** Never comes back when the page is somebody else's: it is loaded anew. */
export async function checkOwner(userId: string): Promise<void> {
  if (owner === null || owner === userId) return;
  loadAnew();
  await new Promise(() => {});
}
