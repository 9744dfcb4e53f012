// SPDX-License-Identifier: GPL-2.0-only
/** A series of numbers as a line of blocks, or as a plot of some lines, for a terminal. */

const BLOCKS = '▁▂▃▄▅▆▇█';
const PLAIN_BLOCKS = '_.-=+*#@';

/** One character a value, from the least to the largest on a logarithmic scale; more values than `width` are put together, their extremes kept. */
export function sparkline(values: readonly number[], width: number, ascii: boolean): string {
  const blocks = ascii ? PLAIN_BLOCKS : BLOCKS;
  const shown = squeezed(values, width);
  const [low, high] = [Math.min(...shown), Math.max(...shown)];
  return shown
    .map((value) => {
      const share = high === low ? 0.5 : Math.log(value / low) / Math.log(high / low);
      return blocks[Math.min(blocks.length - 1, Math.floor(share * blocks.length))] ?? ' ';
    })
    .join('');
}

/** Of every stretch the value that lies farthest from the median of all: what stands out must not vanish. */
function squeezed(values: readonly number[], width: number): readonly number[] {
  if (values.length <= width) return values;
  const middle = [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
  return Array.from({ length: width }, (_, i) => {
    const from = Math.floor((i * values.length) / width);
    const stretch = values.slice(from, Math.max(from + 1, Math.floor(((i + 1) * values.length) / width)));
    return stretch.reduce((far, value) => (Math.abs(value - middle) > Math.abs(far - middle) ? value : far));
  });
}

export interface PlotOptions {
  /** Columns for the points, the axis not counted. */
  readonly width: number;
  readonly height: number;
  readonly ascii: boolean;
  /** The first point of each stretch at a new level. */
  readonly changes: readonly number[];
  /** Level of each point's stretch. */
  readonly levels: readonly number[];
  readonly label: (value: number) => string;
}

/**
 * Lines of a plot on a logarithmic axis, the highest value first: a point each run, its stretch's level as a line, changes as
 * a bar.
 */
export function plot(values: readonly number[], options: PlotOptions): string[] {
  const { height, ascii, changes, levels, label } = options;
  const width = Math.max(1, Math.min(options.width, values.length * 3));
  const [low, high] = bounds([...values, ...levels]);
  const rowOf = (value: number): number => {
    const share = (Math.log(value) - Math.log(low)) / (Math.log(high) - Math.log(low));
    return height - 1 - Math.round(share * (height - 1));
  };
  const columnOf = (index: number): number =>
    values.length === 1 ? 0 : Math.round((index * (width - 1)) / (values.length - 1));
  const grid = Array.from({ length: height }, () => new Array<string>(width).fill(' '));
  const put = (row: number, column: number, sign: string): void => {
    const line = grid[row];
    if (line !== undefined) line[column] = sign;
  };
  levels.forEach((level, i) => {
    const to = i + 1 < levels.length && !changes.includes(i + 1) ? columnOf(i + 1) : columnOf(i) + 1;
    for (let column = columnOf(i); column < Math.min(width, to); column++) put(rowOf(level), column, ascii ? '-' : '─');
  });
  for (const index of changes) {
    for (let row = 0; row < height; row++) put(row, columnOf(index), ascii ? '|' : '┊');
  }
  values.forEach((value, i) => {
    put(rowOf(value), columnOf(i), ascii ? 'o' : '●');
  });
  const labels = grid.map((_, row) => labelAt(row, { height, low, high, label }));
  const gutter = Math.max(...labels.map((text) => text.length));
  const axis = ascii ? '|' : '┤';
  return grid.map((line, row) => `${(labels[row] ?? '').padStart(gutter)} ${axis}${line.join('')}`.trimEnd());
}

/** A label at the top, in the middle and at the bottom. */
function labelAt(
  row: number,
  { height, low, high, label }: Pick<PlotOptions, 'height' | 'label'> & { readonly low: number; readonly high: number },
): string {
  if (row !== 0 && row !== height - 1 && row !== Math.floor(height / 2)) return '';
  const share = 1 - row / (height - 1);
  return label(Math.exp(Math.log(low) + share * (Math.log(high) - Math.log(low))));
}

function bounds(values: readonly number[]): readonly [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return high / low < 1.02 ? [low / 1.01, high * 1.01] : [low, high];
}
