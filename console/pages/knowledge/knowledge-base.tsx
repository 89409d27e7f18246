import { Link } from '@tanstack/react-router';
import { ChevronDown, Plus, Tags, Upload } from 'lucide-react';
import { useState } from 'react';
import { useHolds } from '@/components/records/scopes.ts';
import { Button } from '@/components/ui/button.tsx';
import { Dialog } from '@/components/ui/dialog.tsx';
import { PageFrame } from '@/components/ui/page.tsx';
import { Articles } from './articles.tsx';
import { ImportHint } from './import-hint.tsx';
import { TagsDialog } from './tags-dialog.tsx';
import { CategoryTree } from './tree.tsx';

export function KnowledgeBasePage() {
  const mayWrite = useHolds()('knowledge:write');
  const [open, setOpen] = useState<'tags' | 'import' | 'categories' | null>(null);
  const close = () => setOpen(null);
  return (
    <PageFrame
      title="Knowledge base"
      description="Articles in Markdown, which programs read and search with a key that has knowledge:read."
      actions={
        <>
          <Button onClick={() => setOpen('tags')}>
            <Tags aria-hidden />
            Tags
          </Button>
          {mayWrite && (
            <>
              <Button onClick={() => setOpen('import')}>
                <Upload aria-hidden />
                Push or import
              </Button>
              <Button tone="primary" asChild>
                <Link to="/knowledge-base/$id" params={{ id: 'new' }}>
                  <Plus aria-hidden />
                  New article
                </Link>
              </Button>
            </>
          )}
        </>
      }
    >
      <div className="grid gap-6 xl:grid-cols-[13rem_minmax(0,1fr)]">
        <div className="max-xl:hidden">
          <CategoryTree />
        </div>
        <Articles
          categories={
            <Button className="xl:hidden" onClick={() => setOpen('categories')}>
              Categories
              <ChevronDown className="text-muted" aria-hidden />
            </Button>
          }
        />
      </div>
      {open === 'tags' && <TagsDialog onClose={close} />}
      {open === 'import' && (
        <Dialog
          title="Bring articles in"
          description="A folder of Markdown files, again and again; or a file with thousands of articles."
          width="lg"
          onClose={close}
        >
          <ImportHint />
        </Dialog>
      )}
      {open === 'categories' && (
        <Dialog title="Categories" onClose={close}>
          <CategoryTree onChoose={close} />
        </Dialog>
      )}
    </PageFrame>
  );
}
