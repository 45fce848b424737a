import { languageReady } from '@mullion/ui';

// The words are there before the page: nothing is read twice.
void languageReady.finally(() => import('./app.js'));
