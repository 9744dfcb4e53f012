// SPDX-License-Identifier: GPL-2.0-only
/** Text becomes markup by one tag alone, which escapes it. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { Markup, markup } from '../../../src/render/markup.ts';

it('text is escaped, markup is not, and nothing stands for nothing', () => {
  const inner = markup`<b>${'<&>'}</b>`;
  assert.equal(
    String(markup`<p title="${`"'`}">${inner}${null}${false}${undefined}${0}</p>`),
    '<p title="&quot;&#39;"><b>&lt;&amp;&gt;</b>0</p>',
  );
});

it('what a terminal or an editor would obey becomes a blank', () => {
  assert.equal(String(markup`${'a\u001b[31mb\u202ec\u0000d\ud800e\nf\uffff'}`), 'a [31mb c d e\nf ');
});

it('no text whatever opens a tag, ends an attribute or names an entity', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const escaped = String(markup`${text}`);
      assert.ok(!/[<>"']/.test(escaped));
      assert.ok(!/&(?!(amp|lt|gt|quot|#39);)/.test(escaped));
    }),
  );
});

it('markup cannot be made of an object that looks like it', () => {
  assert.ok(!(Object.create(null) instanceof Markup));
  assert.ok(markup`` instanceof Markup);
});
