// SPDX-License-Identifier: GPL-2.0-only
/** What a tree is compared by: its text, and the tree as a person would write it down. */
import { joinLines } from '../../src/weekly/mail-line.ts';
import { allLines, type Mail, type Node } from '../../src/weekly/mail-tree.ts';

/** The mail of an untouched tree. */
export function renderMail({ nodes }: Mail): string {
  return joinLines(nodes.flatMap(allLines));
}

export function outlineOf({ day, nodes }: Mail): string {
  return [`day ${day ?? 'unknown'}`, ...nodes.flatMap((node) => linesOf(node, 0))].join('\n');
}

function linesOf(node: Node, depth: number): string[] {
  if (node.kind === 'blank') return [];
  const more = node.lines.length > 1 ? ` (${node.lines.length} lines)` : '';
  const own = `${'  '.repeat(depth)}${node.kind}${said(node)}${more}`;
  return [own, ...node.children.flatMap((child) => linesOf(child, depth + 1))];
}

function said(node: Node): string {
  switch (node.kind) {
    case 'head':
      return ` ${node.fields.map(({ name }) => name).join(', ')}`;
    case 'section':
      return ` ${node.level} ${node.role} "${node.title}"`;
    case 'card':
      return ` ${node.id} "${node.title}"`;
    case 'item':
      return ` ${node.letter} "${node.name}" ${node.stateClass ?? 'unknown'} "${node.state}"`;
    case 'footnote':
      return ` ${node.number}`;
    case 'patch':
      return ` ${node.name} ${node.version ?? '-'} "${node.status}"`;
    case 'event':
      return ` ${node.from} ${node.to} "${node.what}"`;
    default:
      return ` "${node.lines[0]?.text.trim() ?? ''}"`;
  }
}
