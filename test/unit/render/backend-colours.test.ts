// SPDX-License-Identifier: GPL-2.0-only
/** The colours of backends are told apart, by everybody and on both kinds of page. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { backends } from '../../../src/backends/index.ts';
import { backendColours, colourClass, colourStyles } from '../../../src/render/backend-colours.ts';
import { renderText } from '../../../src/render/text/run.ts';
import { recordedFigures } from '../../fixtures/subjects.ts';

type Triple = readonly [number, number, number];
type Matrix = readonly [Triple, Triple, Triple];

/** Machado, Oliveira and Fernandes (2009), severity 1, over linear RGB. */
const SEEN_BY: Readonly<Record<string, Matrix>> = {
  all: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopes: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopes: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopes: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

function times(matrix: Matrix, [a, b, c]: Triple): Triple {
  const row = ([x, y, z]: Triple): number => x * a + y * b + z * c;
  return [row(matrix[0]), row(matrix[1]), row(matrix[2])];
}

function linear(hex: string): Triple {
  const channel = (at: number): number => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return [channel(1), channel(3), channel(5)];
}

/** Ottosson, "A perceptual color space for image processing" (2020). */
function oklab(rgb: Triple): Triple {
  const cones = times(
    [
      [0.4122214708, 0.5363325363, 0.0514459929],
      [0.2119034982, 0.6806995451, 0.1073969566],
      [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    rgb,
  );
  return times(
    [
      [0.2104542553, 0.793617785, -0.0040720468],
      [1.9779984951, -2.428592205, 0.4505937099],
      [0.0259040371, 0.7827717662, -0.808675766],
    ],
    [Math.cbrt(cones[0]), Math.cbrt(cones[1]), Math.cbrt(cones[2])],
  );
}

/** WCAG 2.2. */
function contrast(a: string, b: string): number {
  const luminance = (hex: string): number =>
    times(
      [
        [0.2126, 0.7152, 0.0722],
        [0, 0, 0],
        [0, 0, 0],
      ],
      linear(hex),
    )[0];
  const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

const PAPER = { light: '#ffffff', dark: '#0f1318' } as const;

for (const scheme of ['light', 'dark'] as const) {
  describe(`colours on a ${scheme} page`, () => {
    const named = [...colourStyles(scheme).matchAll(/\.b-([a-z]+)\{--c:(#[0-9a-f]{6})\}/g)]
      .map(([, name = '', colour = '']) => ({ name, colour }))
      .filter(({ name }) => name !== 'unknown');

    it('are of every backend and of a twin', () => {
      assert.deepEqual(named.map(({ name }) => name).sort(), [...backends.map(({ kind }) => kind), 'twin'].sort());
      for (const { kind } of backends)
        assert.ok(named.some(({ name, colour }) => name === kind && colour === backendColours(kind)[scheme]));
    });

    it('have a contrast of 3 with the page', () => {
      for (const { name, colour } of named) assert.ok(contrast(colour, PAPER[scheme]) >= 3, name);
    });

    for (const [who, matrix] of Object.entries(SEEN_BY))
      it(`are told apart by ${who}`, () => {
        for (const one of named)
          for (const other of named) {
            if (one.name >= other.name) continue;
            const [a, b] = [one, other].map(({ colour }) => oklab(times(matrix, linear(colour))));
            const distance = Math.hypot(...(a ?? []).map((value, i) => value - (b?.[i] ?? 0)));
            assert.ok(distance >= 0.08, `${one.name} and ${other.name}: ${distance.toFixed(3)}`);
          }
      });
  });
}

it('the bars of a ranking on a terminal have them too', async () => {
  const { report } = (await recordedFigures()).figures;
  const text = renderText(report, { width: 200, colour: true, ascii: false });
  for (const { path, backend, twinOf } of report.probes[0]?.cells ?? []) {
    if (twinOf !== null) continue;
    const bar = new RegExp(`${path} [0-9.]+\\u00a0\\u001b\\[${backendColours(backend).terminal}m[▁-█]\\u001b`);
    assert.match(text, bar);
  }
  const codes = backends.map(({ kind }) => backendColours(kind).terminal);
  assert.equal(new Set(codes).size, codes.length);
});

it('a backend of a later version has a colour too', () => {
  assert.equal(colourClass({ backend: 'nosuch', isTwin: false }), 'b-unknown');
  assert.equal(colourClass({ backend: 'tap', isTwin: true }), 'b-twin');
});
