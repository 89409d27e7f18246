import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Archive, BadgeCheck, Ellipsis, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { Button, IconButton } from '@/components/ui/button.tsx';
import { Confirm } from '@/components/ui/confirm.tsx';
import { Menu, MenuItem } from '@/components/ui/menu.tsx';
import { toast } from '@/components/ui/toast.tsx';
import { useEnvironment } from '@/environment.ts';
import { problemOf } from '@/problem.ts';
import {
  type ArticleAction,
  actOnArticle,
  articleQuery,
  changeArticle,
  deleteArticle,
  refreshKnowledge,
  type TaggedArticle,
} from '@/queries/knowledge.ts';
import type { Article, Environment } from '@/types.ts';

const done: Readonly<Record<ArticleAction, string>> = {
  publish: 'The article is published',
  archive: 'The article is archived',
  'mark-reviewed': 'The article is marked as reviewed',
};

/** The article as an answer has it takes the place of the one that is shown; lists are asked for again. */
export async function keepArticle(client: QueryClient, environment: Environment, tagged: TaggedArticle) {
  client.setQueryData(articleQuery(environment, tagged.article.id).queryKey, tagged);
  await refreshKnowledge(client);
}

/** Publishing, archiving and marking as reviewed are about the text that is on the screen: another one is refused. */
function useActions({ article, etag }: TaggedArticle) {
  const environment = useEnvironment();
  const client = useQueryClient();
  const [busy, setBusy] = useState<ArticleAction | null>(null);
  const undo = async (status: Article['status']) => {
    try {
      await keepArticle(client, environment, await changeArticle(environment, article.id, { status }, null));
    } catch (error) {
      toast({ tone: 'red', title: 'It could not be undone', text: problemOf(error).message });
    }
  };
  const run = async (action: ArticleAction) => {
    setBusy(action);
    try {
      const changed = await actOnArticle(environment, article.id, action, etag);
      await keepArticle(client, environment, changed);
      const mayUndo = action !== 'mark-reviewed' && article.status !== changed.article.status;
      toast({
        title: done[action],
        action: mayUndo ? { label: 'Undo', run: () => void undo(article.status) } : undefined,
      });
    } catch (error) {
      const problem = problemOf(error);
      const isOvertaken = problem.code === 'precondition_failed';
      toast({
        tone: 'red',
        title: isOvertaken ? 'Somebody changed the article meanwhile' : 'That was refused',
        text: isOvertaken
          ? 'Nothing was done. You see it as it is now: look at it, and try again.'
          : problem.message,
      });
      await refreshKnowledge(client);
    }
    setBusy(null);
  };
  return { busy, run };
}

export function ArticleActions({ tagged }: { readonly tagged: TaggedArticle }) {
  const { busy, run } = useActions(tagged);
  const [isDeleting, setDeleting] = useState(false);
  const { status } = tagged.article;
  return (
    <>
      {status !== 'published' && (
        <Button
          tone="primary"
          isBusy={busy === 'publish'}
          disabled={busy !== null}
          onClick={() => run('publish')}
        >
          Publish
        </Button>
      )}
      <Menu
        trigger={
          <IconButton label="More actions" tone="plain">
            <Ellipsis />
          </IconButton>
        }
      >
        <MenuItem onSelect={() => void run('mark-reviewed')}>
          <BadgeCheck aria-hidden />
          Mark as reviewed
        </MenuItem>
        {status !== 'archived' && (
          <MenuItem onSelect={() => void run('archive')}>
            <Archive aria-hidden />
            Archive
          </MenuItem>
        )}
        <MenuItem tone="danger" onSelect={() => setDeleting(true)}>
          <Trash2 aria-hidden />
          Delete
        </MenuItem>
      </Menu>
      {isDeleting && <DeleteArticle article={tagged.article} onClose={() => setDeleting(false)} />}
    </>
  );
}

function DeleteArticle({ article, onClose }: { readonly article: Article; onClose(): void }) {
  const environment = useEnvironment();
  const client = useQueryClient();
  const navigate = useNavigate();
  return (
    <Confirm
      title={`Delete ${article.title}?`}
      action="Delete article"
      tone="danger"
      onClose={onClose}
      run={async () => {
        await deleteArticle(environment, article.id);
        toast({ title: 'The article is deleted' });
        await navigate({ to: '/knowledge-base' });
        client.removeQueries({ queryKey: articleQuery(environment, article.id).queryKey });
        await refreshKnowledge(client);
      }}
    >
      <p>The text is gone for ever. To take it out of lists and searches and keep it, archive it instead.</p>
      {article.source && (
        <p>
          It is kept by <bdi>{article.source}</bdi>: the next push from there makes it again while its file is
          there.
        </p>
      )}
    </Confirm>
  );
}
