import { Link } from '@tanstack/react-router';
import { Copy, Download, Ellipsis, RotateCcw, SquareArrowOutUpRight, SquareX, Trash2 } from 'lucide-react';
import { IconButton } from '@/components/ui/button.tsx';
import { Menu, MenuItem, MenuSeparator } from '@/components/ui/menu.tsx';
import { toast } from '@/components/ui/toast.tsx';
import { useCopy } from '@/lib/copy.ts';
import { kindOf } from '@/lib/job-words.ts';
import type { ListedJob } from '@/types.ts';
import { useJobActions } from './jobs-actions.tsx';

export function JobRowMenu({ job }: { readonly job: ListedJob }) {
  const { mayCancel, mayRetry, mayDelete, hasFile, isLoading, download, ask, dialog } = useJobActions(job);
  const { copy } = useCopy();
  const copyId = async () => {
    const isCopied = await copy(job.id);
    toast({ title: isCopied ? 'The job id is copied' : `The job id is ${job.id}` });
  };
  return (
    <>
      <Menu
        trigger={
          <IconButton label={`Actions for ${kindOf(job.kind).label}`} size="icon-sm" isBusy={isLoading}>
            {!isLoading && <Ellipsis />}
          </IconButton>
        }
      >
        <MenuItem asChild>
          <Link to="/jobs/$id" params={{ id: job.id }}>
            <SquareArrowOutUpRight aria-hidden />
            Open
          </Link>
        </MenuItem>
        {hasFile && (
          <MenuItem onSelect={() => void download()}>
            <Download aria-hidden />
            Download
          </MenuItem>
        )}
        <MenuItem onSelect={() => void copyId()}>
          <Copy aria-hidden />
          Copy the job id
        </MenuItem>
        {(mayCancel || mayRetry || mayDelete) && <MenuSeparator />}
        {mayRetry && (
          <MenuItem onSelect={() => ask('retry')}>
            <RotateCcw aria-hidden />
            Try again
          </MenuItem>
        )}
        {mayCancel && (
          <MenuItem tone="danger" onSelect={() => ask('cancel')}>
            <SquareX aria-hidden />
            Stop
          </MenuItem>
        )}
        {mayDelete && (
          <MenuItem tone="danger" onSelect={() => ask('delete')}>
            <Trash2 aria-hidden />
            Delete
          </MenuItem>
        )}
      </Menu>
      {dialog}
    </>
  );
}
