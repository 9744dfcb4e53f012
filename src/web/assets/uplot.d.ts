// SPDX-License-Identifier: GPL-2.0-only
/** The types of uPlot's module where the server puts it. */
export { default } from 'uplot';
