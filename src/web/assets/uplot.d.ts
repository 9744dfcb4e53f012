/** The types of uPlot's module where the server puts it. */
export { default } from 'uplot';
