// SPDX-License-Identifier: GPL-2.0-only
/** The computing thread of a dashboard whose array has the kind. */
import './enter.ts';

import { experiments } from '../../../src/experiments/index.ts';
import { answerTasks } from '../../../src/web/answer-tasks.ts';

answerTasks(experiments);
