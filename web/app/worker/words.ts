import type { NoticeWords } from './pushed.js';

/** What notifications say, in all languages of the pages: the worker is one file. */
const kEnglish: NoticeWords = {
  rings: (name) => `${name} rings`,
  missed: (name) => `You missed a call from ${name}`,
  videoCall: 'Video call',
  audioCall: 'Audio call',
  accept: 'Accept',
  reject: 'Reject',
};

const kWords: Record<string, NoticeWords> = {
  en: kEnglish,
  de: {
    rings: (name) => `${name} ruft an`,
    missed: (name) => `Verpasster Anruf von ${name}`,
    videoCall: 'Videoanruf',
    audioCall: 'Sprachanruf',
    accept: 'Annehmen',
    reject: 'Ablehnen',
  },
  es: {
    rings: (name) => `${name} llama`,
    missed: (name) => `Llamada perdida de ${name}`,
    videoCall: 'Videollamada',
    audioCall: 'Llamada de voz',
    accept: 'Aceptar',
    reject: 'Rechazar',
  },
  zh: {
    rings: (name) => `${name} 来电`,
    missed: (name) => `未接来电：${name}`,
    videoCall: '视频通话',
    audioCall: '语音通话',
    accept: '接听',
    reject: '拒绝',
  },
  ar: {
    rings: (name) => `${name} يتصل`,
    missed: (name) => `فاتتك مكالمة من ${name}`,
    videoCall: 'مكالمة فيديو',
    audioCall: 'مكالمة صوتية',
    accept: 'قبول',
    reject: 'رفض',
  },
};

/** The first of the browser's languages that there are words for, or English. */
export function wordsFor(tags: readonly string[]): {
  words: NoticeWords;
  lang: string;
  dir: 'ltr' | 'rtl';
} {
  for (const tag of tags) {
    const lang = tag.toLowerCase().split('-')[0] ?? '';
    const words = kWords[lang];
    if (words) return { words, lang, dir: lang === 'ar' ? 'rtl' : 'ltr' };
  }
  return { words: kEnglish, lang: 'en', dir: 'ltr' };
}
