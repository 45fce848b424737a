/** Not in TypeScript's library (Push API, 10). */
interface PushSubscriptionChangeEvent extends ExtendableEvent {
  readonly newSubscription: PushSubscription | null;
  readonly oldSubscription: PushSubscription | null;
}

interface ServiceWorkerGlobalScopeEventMap {
  pushsubscriptionchange: PushSubscriptionChangeEvent;
}
