export { queryObserver, tracedDatabase, tracedQueryThread } from './store.ts';
export { Tracing } from './tracing.ts';
