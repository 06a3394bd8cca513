/** Tells workspaces in other windows that somebody has signed in, and goes away if the browser lets it. */
const channel = new BroadcastChannel('otklik-workspace');
channel.postMessage({ type: 'signed_in' });
channel.close();
window.close();
