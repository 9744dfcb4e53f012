// SPDX-License-Identifier: GPL-2.0-only
/** Finds patches in a clone of the upstream repository, by subject or patch-id, and says which release has them. */
import type { Attempt } from '../model/attempt.ts';
import { reasonOf } from '../model/errors.ts';
import { oneLine } from './mail-line.ts';
import { titleKey } from './patch-subject.ts';
import { addDays, type Day } from './week.ts';

export interface Clone {
  readonly name: string;
  readonly path: string;
  readonly branch?: string | undefined;
  /** Which tags are releases. */
  readonly tags?: string | undefined;
}

/** Runs git in a folder, with an input; its output, or what it said. */
export type Git = (folder: string, args: readonly string[], input?: string) => Promise<Attempt<string>>;

export interface WantedPatch {
  /** Subject of the commit. */
  readonly title: string;
  /** The patch as it was mailed; null = the subject must do. */
  readonly diff: string | null;
}

interface FoundPatch {
  /** The first release that has it; null = none yet. */
  readonly tag: string | null;
}

export interface UpstreamState {
  readonly branch: string;
  /** By the index of the wanted patch; null = not upstream. */
  readonly found: readonly (FoundPatch | null)[];
  /** The last release before the branch's head; null = there is none. */
  readonly after: string | null;
}

export type CloneOutcome =
  | { readonly kind: 'searched'; readonly state: UpstreamState }
  | { readonly kind: 'unusable'; readonly reason: string };

export interface Search {
  readonly git: Git;
  readonly clone: Clone;
  readonly patches: readonly WantedPatch[];
  /** First day on which a patch can be upstream. */
  readonly since: Day;
  /** What came later is not looked at, so that the report of an old week can be made again. */
  readonly until: Day;
}

const PATCH_ID = /^[0-9a-f]{40}$/;

/** Never throws for what is wrong with a clone: the report says it. */
export async function searchClone(search: Search): Promise<CloneOutcome> {
  const { git, clone } = search;
  const inside = await git(clone.path, ['rev-parse', '--git-dir']);
  if (!inside.ok) return { kind: 'unusable', reason: `${clone.path}: ${inside.why}` };
  const branch = await branchOf(search);
  if (branch === null)
    return {
      kind: 'unusable',
      reason: `${clone.path}: it has no commit${clone.branch === undefined ? '' : ` ${clone.branch}`}`,
    };
  const found: (FoundPatch | null)[] = [];
  for (const patch of search.patches) found.push(await findPatch(search, branch, patch));
  const after = await git(clone.path, ['describe', '--tags', '--abbrev=0', ...matching(clone), branch]);
  return {
    kind: 'searched',
    state: {
      branch: shortName(branch),
      found,
      after: after.ok ? oneLine(after.value) : null,
    },
  };
}

async function branchOf({ git, clone }: Search): Promise<string | null> {
  const candidates = clone.branch === undefined ? ['origin/HEAD', 'HEAD'] : [clone.branch];
  for (const name of candidates) {
    const known = await git(clone.path, ['rev-parse', '--verify', '--quiet', `${name}^{commit}`]);
    if (!known.ok) continue;
    const named = await git(clone.path, ['rev-parse', '--abbrev-ref', name]);
    const short = named.ok ? oneLine(named.value) : '';
    return short === '' || short === 'HEAD' ? name : short;
  }
  return null;
}

function shortName(branch: string): string {
  return branch.replace(/^origin\//, '');
}

async function findPatch(search: Search, branch: string, patch: WantedPatch): Promise<FoundPatch | null> {
  const commit = (await bySubject(search, branch, patch)) ?? (await byPatchId(search, branch, patch));
  return commit === null ? null : { tag: await releaseOf(search, commit) };
}

const range = ({ since, until }: Search): string[] => [
  `--since=${since}T00:00:00Z`,
  `--until=${addDays(until, 1)}T23:59:59Z`,
];

async function bySubject(search: Search, branch: string, { title }: WantedPatch): Promise<string | null> {
  const { git, clone, until } = search;
  const args = [
    'log',
    '--no-merges',
    '--format=%H%x09%cI%x09%s',
    '--fixed-strings',
    '--regexp-ignore-case',
    `--grep=${title}`,
  ];
  const answer = await git(clone.path, [...args, ...range(search), branch, '--']);
  if (!answer.ok) return null;
  for (const line of answer.value.split('\n')) {
    const [commit = '', date = '', ...subject] = line.split('\t');
    // --grep looks into the whole message; a revert names the subject too.
    if (titleKey(subject.join('\t')) !== titleKey(title)) continue;
    if (date.slice(0, 10) <= until) return commit;
  }
  return null;
}

async function byPatchId(search: Search, branch: string, { diff }: WantedPatch): Promise<string | null> {
  const { git, clone, until } = search;
  const wanted = diff === null ? null : await patchIdOf(search, diff);
  if (diff === null || wanted === null) return null;
  const log = await git(clone.path, [
    ...['log', '-p', '--no-merges', '--full-index', '--no-ext-diff', '--no-textconv', '--format=commit %H'],
    ...range(search),
    branch,
    '--',
    // Only commits that touch the same files can be the same patch.
    ...filesIn(diff),
  ]);
  if (!log.ok || log.value === '') return null;
  const ids = await git(clone.path, ['patch-id', '--stable'], log.value);
  if (!ids.ok) return null;
  const commit = ids.value
    .split('\n')
    .map((line) => line.split(' '))
    .find(([id]) => id === wanted)?.[1];
  if (commit === undefined || !PATCH_ID.test(commit)) return null;
  const date = await git(clone.path, ['show', '-s', '--format=%cI', commit]);
  const day = date.ok ? date.value.trim().slice(0, 10) : '';
  return day !== '' && day <= until ? commit : null;
}

async function patchIdOf({ git, clone }: Search, diff: string): Promise<string | null> {
  if (!/^(?:diff --git|--- )/m.test(diff)) return null;
  const answer = await git(clone.path, ['patch-id', '--stable'], diff);
  const id = answer.ok ? (answer.value.split(' ')[0] ?? '') : '';
  return PATCH_ID.test(id) ? id : null;
}

function filesIn(diff: string): string[] {
  const names = [...diff.matchAll(/^(?:\+\+\+ b|--- a)\/([^\t\r\n]+)/gm)].map(([, name = '']) => name);
  return [...new Set(names)].map((name) => `:(top,literal)${name}`);
}

/** "v2022.04-rc2~15^2~3" -> v2022.04-rc2: the release from which the commit is reached. */
async function releaseOf(search: Search, commit: string): Promise<string | null> {
  const { git, clone, until } = search;
  const answer = await git(clone.path, ['describe', '--contains', ...matching(clone), commit]);
  const tag = answer.ok ? oneLine(answer.value).replace(/[~^].*$/, '') : '';
  if (tag === '') return null;
  const date = await git(clone.path, ['for-each-ref', '--format=%(creatordate:iso-strict)', `refs/tags/${tag}`]);
  return date.ok && date.value.trim().slice(0, 10) > until ? null : tag;
}

function matching({ tags }: Clone): string[] {
  return tags === undefined ? [] : ['--match', tags];
}

/** What to say of an error of git's in one line. */
export function gitReason(error: unknown): string {
  return oneLine(reasonOf(error)).slice(0, 200);
}
