// SPDX-License-Identifier: GPL-2.0-only
/** Finds patches in a clone of the upstream repository, by subject or patch-id, and says which release has them. */
import { type Attempt, done, notDone } from '../model/attempt.ts';
import { oneLine } from './mail-line.ts';
import { titleKey } from './mailbox.ts';
import type { Settings } from './settings.ts';
import type { Day } from './week.ts';

/** Runs git in a folder, with an input; its output, or what it said. */
export type Git = (folder: string, args: readonly string[], input?: string) => Promise<Attempt<string>>;

export interface WantedPatch {
  /** Subject of the commit. */
  readonly title: string;
  /** The patch as it was mailed; null = the subject must do. */
  readonly diff: string | null;
}

export interface UpstreamState {
  readonly branch: string;
  /** By the index of the wanted patch, with the first release that has it, if any has; null = not upstream. */
  readonly found: readonly ({ readonly tag: string | null } | null)[];
  /** The last release before the branch's head; null = there is none. */
  readonly after: string | null;
}

interface Search {
  readonly git: Git;
  readonly clone: Settings['clones'][number];
  readonly patches: readonly WantedPatch[];
  /** First day on which a patch can be upstream. */
  readonly since: Day;
  /** What came later is not looked at, so that the report of an old week can be made again. */
  readonly until: Day;
}

const PATCH_ID = /^[0-9a-f]{40}$/;

/** What git answers in a clone; "" where it has no answer. */
type Ask = (args: readonly string[], input?: string) => Promise<string>;

interface Place {
  readonly ask: Ask;
  /** Options of `git log`, with the branch. */
  readonly range: readonly string[];
  readonly until: Day;
  /** Options of `git describe`. */
  readonly tags: readonly string[];
}

/** Never throws for what is wrong with a clone: the report says it. */
export async function searchClone({ git, clone, patches, since, until }: Search): Promise<Attempt<UpstreamState>> {
  const inside = await git(clone.path, ['rev-parse', '--git-dir']);
  if (!inside.ok) return notDone(`${clone.path}: ${inside.why}`);
  const ask: Ask = async (args, input) => {
    const answer = await git(clone.path, args, input);
    return answer.ok ? answer.value.trimEnd() : '';
  };
  const branch = await branchOf(ask, clone);
  if (branch === null) return notDone(`${clone.path}: ${['it has no commit', clone.branch].filter(Boolean).join(' ')}`);
  const range = [`--since=${since}T00:00:00Z`, `--until=${until}T23:59:59Z`, branch, '--'];
  const place = { ask, range, until, tags: clone.tags === undefined ? [] : ['--match', clone.tags] };
  const found: UpstreamState['found'][number][] = [];
  for (const { title, diff } of patches) {
    const commit = (await bySubject(place, title)) ?? (diff === null ? null : await byPatchId(place, diff));
    found.push(commit === null ? null : { tag: await releaseOf(place, commit) });
  }
  const after = oneLine(await ask(['describe', '--tags', '--abbrev=0', ...place.tags, branch])) || null;
  return done({ branch: branch.replace(/^origin\//, ''), found, after });
}

async function branchOf(ask: Ask, { branch }: Search['clone']): Promise<string | null> {
  for (const name of branch === undefined ? ['origin/HEAD', 'HEAD'] : [branch]) {
    if ((await ask(['rev-parse', '--verify', '--quiet', `${name}^{commit}`])) === '') continue;
    const short = oneLine(await ask(['rev-parse', '--abbrev-ref', name]));
    return short === '' || short === 'HEAD' ? name : short;
  }
  return null;
}

async function bySubject({ ask, range }: Place, title: string): Promise<string | null> {
  const words = ['log', '--no-merges', '--fixed-strings', '--regexp-ignore-case', '--format=%H%x09%s'];
  const answer = await ask([...words, `--grep=${title}`, ...range]);
  // --grep looks into the whole message; a revert names the subject too.
  const lines = answer.split('\n').map((line) => line.split('\t'));
  return lines.find(([, ...subject]) => titleKey(subject.join('\t')) === titleKey(title))?.[0] ?? null;
}

async function byPatchId({ ask, range }: Place, diff: string): Promise<string | null> {
  if (!/^(?:diff --git|--- )/m.test(diff)) return null;
  const [wanted = ''] = (await ask(['patch-id', '--stable'], diff)).split(' ');
  if (!PATCH_ID.test(wanted)) return null;
  const words = ['log', '-p', '--no-merges', '--full-index', '--no-ext-diff', '--no-textconv', '--format=commit %H'];
  // Only commits that touch the same files can be the same patch.
  const log = await ask([...words, ...range, ...filesIn(diff)]);
  const ids = log === '' ? '' : await ask(['patch-id', '--stable'], `${log}\n`);
  const lines = ids.split('\n').map((line) => line.split(' '));
  return lines.find(([id]) => id === wanted)?.[1] ?? null;
}

function filesIn(diff: string): string[] {
  const names = [...diff.matchAll(/^(?:\+\+\+ b|--- a)\/([^\t\r\n]+)/gm)].map(([, name = '']) => name);
  return [...new Set(names)].map((name) => `:(top,literal)${name}`);
}

/** "v2022.04-rc2~15^2~3" -> v2022.04-rc2: the release from which the commit is reached. */
async function releaseOf({ ask, tags, until }: Place, commit: string): Promise<string | null> {
  const tag = oneLine(await ask(['describe', '--contains', ...tags, commit])).replace(/[~^].*$/, '');
  if (tag === '') return null;
  const date = await ask(['for-each-ref', '--format=%(creatordate:iso-strict)', `refs/tags/${tag}`]);
  return date.slice(0, 10) > until ? null : tag;
}
