import { useQueryClient } from '@tanstack/react-query';
import { Link, useBlocker, useNavigate } from '@tanstack/react-router';
import { type FormEvent, type ReactNode, useRef, useState } from 'react';
import { ListLink } from '@/components/records/record-page.tsx';
import { useHolds } from '@/components/records/scopes.ts';
import { Alert, ProblemAlert } from '@/components/ui/alert.tsx';
import { Button } from '@/components/ui/button.tsx';
import { Dialog } from '@/components/ui/dialog.tsx';
import { PageFrame } from '@/components/ui/page.tsx';
import { toast } from '@/components/ui/toast.tsx';
import { environmentLabel, useEnvironment } from '@/environment.ts';
import { type ArticleDraft, bodyOf, changesOf, draftOf, emptyDraft } from '@/lib/article-draft.ts';
import { useOnce } from '@/lib/once.ts';
import { useFilters } from '@/lib/search-params.ts';
import { Problem, problemOf } from '@/problem.ts';
import {
  articleQuery,
  changeArticle,
  createArticle,
  fetchArticle,
  refreshKnowledge,
  type TaggedArticle,
} from '@/queries/knowledge.ts';
import { keepArticle } from './article-actions.tsx';
import { Conflict } from './conflict.tsx';
import { ArticleFields, shownFields } from './editor-fields.tsx';

export function CreateArticle() {
  const environment = useEnvironment();
  const client = useQueryClient();
  const navigate = useNavigate();
  const mayWrite = useHolds()('knowledge:write');
  const [{ category, subcategory, tag }] = useFilters();
  const once = useOnce();
  const initial = {
    ...emptyDraft,
    categoryId: category ?? '',
    subcategoryId: subcategory ?? '',
    tags: tag ?? '',
  };
  if (!mayWrite) {
    return (
      <PageFrame title="New article" above={<ListLink to="/knowledge-base">Knowledge base</ListLink>}>
        <Alert>Owners, admins and developers write articles. Ask one of them.</Alert>
      </PageFrame>
    );
  }
  return (
    <Editor
      title="New article"
      note={`It is made in ${environmentLabel[environment]}; other environments have articles of their own.`}
      action="Create article"
      initial={initial}
      isChanged={(draft) => JSON.stringify(draft) !== JSON.stringify(initial)}
      cancel={<Link to="/knowledge-base">Cancel</Link>}
      save={async (draft, leave) => {
        const body = bodyOf(draft);
        const { id, title } = await once(body, (key) => createArticle(environment, body, key));
        toast({ title: `${title} is made` });
        leave();
        await refreshKnowledge(client);
        await navigate({ to: '/knowledge-base/$id', params: { id } });
      }}
    />
  );
}

export function EditArticle({ tagged }: { readonly tagged: TaggedArticle }) {
  const environment = useEnvironment();
  const client = useQueryClient();
  const [, change] = useFilters();
  // What the form was filled with: a version that is fetched meanwhile must not slip in below the hands that type.
  const [base, setBase] = useState(tagged);
  const [theirs, setTheirs] = useState<TaggedArticle | null>(null);
  const { article } = base;
  const back = () => change({ edit: undefined });
  const finish = async (saved: TaggedArticle, leave: () => void) => {
    toast({ title: 'The article is saved' });
    leave();
    await keepArticle(client, environment, saved);
    back();
  };
  return (
    <Editor
      key={base.etag}
      title={`Edit ${article.title}`}
      note={
        article.source && (
          <>
            <bdi>{article.source}</bdi> keeps this article: its next push takes back what you change here.
            Change the file there instead.
          </>
        )
      }
      action="Save"
      initial={draftOf(article)}
      isChanged={(draft) => Object.keys(changesOf(draft, article)).length > 0}
      cancel={
        <Link to="." search={({ edit: _, ...rest }: Record<string, string>) => rest}>
          Cancel
        </Link>
      }
      save={async (draft, leave) => {
        const changes = changesOf(draft, article);
        try {
          await finish(await changeArticle(environment, article.id, changes, base.etag), leave);
        } catch (error) {
          if (problemOf(error).code !== 'precondition_failed') throw error;
          setTheirs(await fetchArticle(environment, article.id));
        }
      }}
    >
      {(draft, leave) =>
        theirs && (
          <Conflict
            base={article}
            theirs={theirs.article}
            mine={changesOf(draft, article)}
            onClose={() => setTheirs(null)}
            onTakeTheirs={() => {
              client.setQueryData(articleQuery(environment, article.id).queryKey, theirs);
              setBase(theirs);
              setTheirs(null);
            }}
            save={async () =>
              finish(
                await changeArticle(environment, article.id, changesOf(draft, article), theirs.etag),
                leave,
              )
            }
          />
        )
      }
    </Editor>
  );
}

interface EditorProps {
  readonly title: string;
  readonly note?: ReactNode;
  readonly action: string;
  readonly initial: ArticleDraft;
  isChanged(draft: ArticleDraft): boolean;
  readonly cancel: ReactNode;
  /** `leave` before the page is left, so that nobody is asked about what was saved. */
  save(draft: ArticleDraft, leave: () => void): Promise<void>;
  children?(draft: ArticleDraft, leave: () => void): ReactNode;
}

function Editor({ title, note, action, initial, isChanged, cancel, save, children }: EditorProps) {
  const [draft, setDraft] = useState(initial);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isBusy, setBusy] = useState(false);
  const isDirty = isChanged(draft);
  const isLeaving = useRef(false);
  const leave = () => {
    isLeaving.current = true;
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      await save(draft, leave);
    } catch (error) {
      setProblem(problemOf(error));
    }
    setBusy(false);
  };
  return (
    <PageFrame title={title} above={<ListLink to="/knowledge-base">Knowledge base</ListLink>}>
      <form onSubmit={submit} className="flex flex-col gap-4">
        {note && <Alert>{note}</Alert>}
        {problem && <Refusal problem={problem} />}
        <ArticleFields
          draft={draft}
          problem={problem}
          change={(changes) => setDraft((before) => ({ ...before, ...changes }))}
        />
        <div className="sticky bottom-0 z-10 -mx-4 flex items-center gap-2 border-line border-t bg-page px-4 py-3 sm:mx-0 sm:px-0">
          <Button type="submit" tone="primary" isBusy={isBusy} disabled={!isDirty}>
            {action}
          </Button>
          <Button asChild>{cancel}</Button>
          <span role="status" className="text-muted text-sm">
            {isDirty ? 'Not saved yet.' : ''}
          </span>
        </div>
      </form>
      <AskBeforeLeaving isDirty={isDirty} isLeaving={isLeaving} />
      {children?.(draft, leave)}
    </PageFrame>
  );
}

function Refusal({ problem }: { readonly problem: Problem }) {
  const { existingId } = problem.document;
  const rest = problem.errors.filter(({ path }) => !shownFields.some((name) => path.split('.')[0] === name));
  if (problem.errors.length > 0 && rest.length === 0) return null;
  return (
    <ProblemAlert
      problem={new Problem(problem.status, { ...problem.document, errors: rest })}
      action={
        typeof existingId === 'string' && (
          <Button size="sm" asChild>
            <Link to="/knowledge-base/$id" params={{ id: existingId }}>
              See that article
            </Link>
          </Button>
        )
      }
    />
  );
}

interface LeavingProps {
  readonly isDirty: boolean;
  readonly isLeaving: { readonly current: boolean };
}

function AskBeforeLeaving({ isDirty, isLeaving }: LeavingProps) {
  const blocker = useBlocker({
    shouldBlockFn: () => isDirty && !isLeaving.current,
    enableBeforeUnload: () => isDirty && !isLeaving.current,
    withResolver: true,
  });
  if (blocker.status !== 'blocked') return null;
  return (
    <Dialog
      title="Leave without saving?"
      description="What you changed is not saved, and is lost when you leave."
      width="sm"
      onClose={blocker.reset}
      footer={
        <>
          <Button onClick={blocker.proceed}>Leave</Button>
          <Button tone="primary" onClick={blocker.reset} autoFocus>
            Go on editing
          </Button>
        </>
      }
    />
  );
}
