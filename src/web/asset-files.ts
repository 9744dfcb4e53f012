// SPDX-License-Identifier: GPL-2.0-only
/** The files of the pages: our own style and modules, and uPlot as its package has it. Read once, named by their content. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { projectRoot } from '../system/paths.ts';
import type { Reply } from './reply.ts';
import type { WebRequest } from './request.ts';

interface Asset {
  readonly type: string;
  readonly bytes: Buffer;
  readonly tag: string;
}

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};
const A_YEAR = 31_536_000;

export interface AssetFiles {
  /** Path of an asset for a page; changes whenever any asset does. */
  href(name: string): string;
  /** null = there is no such asset. */
  reply(request: WebRequest, version: string, name: string): Reply | null;
}

/** `made` are those that the report writes into its own pages: name and content. */
export function readAssets(made: readonly (readonly [string, string])[]): AssetFiles {
  const uplot = join(dirname(createRequire(import.meta.url).resolve('uplot/package.json')), 'dist');
  const own = join(projectRoot, 'src', 'web', 'assets');
  const files = readdirSync(own).map((name) => [name, join(own, name)] as const);
  const all = [
    ...files,
    ['uplot.js', join(uplot, 'uPlot.esm.js')],
    ['uplot.css', join(uplot, 'uPlot.min.css')],
  ] as const;
  const assets = new Map<string, Asset>();
  for (const [name, path] of all) {
    const type = typeOf(name);
    if (type !== undefined) assets.set(name, toAsset(type, readFileSync(path)));
  }
  for (const [name, text] of made) assets.set(name, toAsset(typeOf(name) ?? 'text/plain', Buffer.from(text)));
  const version = hash(Buffer.from([...assets.values()].map(({ tag }) => tag).join()));
  return {
    href: (name) => `/assets/${version}/${name}`,
    reply(request, asked, name) {
      const asset = assets.get(name);
      if (asset === undefined) return null;
      // An old page may ask for an older version: it gets what there is, and asks again next time.
      const lifetime = asked === version ? `public, max-age=${A_YEAR}, immutable` : 'no-cache';
      const headers = { etag: asset.tag, 'cache-control': lifetime };
      if (request.raw.headers['if-none-match'] === asset.tag)
        return { status: 304, type: asset.type, body: '', headers };
      return { type: asset.type, body: asset.bytes, headers };
    },
  };
}

function typeOf(name: string): string | undefined {
  return TYPES[name.slice(name.lastIndexOf('.'))];
}

function toAsset(type: string, bytes: Buffer): Asset {
  return { type, bytes, tag: `"${hash(bytes)}"` };
}

function hash(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('base64url').slice(0, 16);
}
