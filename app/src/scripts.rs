//! The scripts in the document: what is so before the first paint, what is kept until the page lives, what says that it broke, and what starts it.

use leptos::prelude::*;

use crate::i18n::{ServerTexts, t_string};
use crate::page_files::{PageFiles, page_files};

/// Symbols of the messenger page.
pub const SPRITE: &str = include_str!("../../style/art/sprite.svg");

/// Before the first paint: what this device keeps (`session::SETTINGS_KEY`) and the server may not know, because the
/// service worker shows the page of nobody. Until a person chooses, contrast, darkness and motion are as the system wants them.
pub const BOOTSTRAP: &str = "\
(d=>{let k={},m=q=>matchMedia(`(prefers-${q})`).matches;try{k=JSON.parse(localStorage['cfm-settings'])||k}catch{}\
d.dataset.theme=k.theme||d.dataset.theme||(m('contrast: more')?'contrast':m('color-scheme: dark')?'modern-dark':'azure');\
d.dataset.motion=k.motion||d.dataset.motion||(m('reduced-motion: reduce')?'calm':'full');\
if(k=k.text_percent||d.dataset.text)d.style.fontSize=k+'%'\
})(document.documentElement)";

/// The service worker shows the messenger page under whatever address was asked for.
pub const RIGHT_ADDRESS: &str = "if(!location.pathname.startsWith('/app'))history.replaceState(null,'','/app')";

/// Where the keyboard lies over the page instead of making it smaller (iOS), the page is as high as what is left (`ux.md` 4.6). Who
/// zooms in sees less of the page, which stays as it is.
pub const KEYBOARD: &str = "\
(v=>{let s=document.documentElement.style,f=()=>{if(v.scale<1.01){s.setProperty('--view-h',v.height+'px');\
s.setProperty('--view-y',v.offsetTop+'px')}};if(v)v.onresize=v.onscroll=f})(window.visualViewport)";

/// Keeps what a person presses and types before the page lives, which on a slow line takes seconds. The text of each field, the field that had
/// the focus, and the button that was pressed last wait here until the page calls `awake` (`browser::device`). Where the page was rendered
/// anew, the new elements of the same kind get them, each by its place among its equals. Submit buttons work without the page. A tab that loads
/// a broken page anew ([`TRAP`]) takes the words along, for the same person and once; nothing that is secret is kept.
const EARLY: &str = "\
(()=>{let b,h,u,y,m={},w=e=>[e.tagName,e.id,e.className,e.ariaLabel].join(),\
l=k=>[...document.querySelectorAll('button,input,textarea')].filter(e=>w(e)==k),\
q=e=>{let k=w(e),r=[k,l(k).indexOf(e),e.value];r.e=e;u=o();return r},n=r=>r.e?.isConnected?r.e:l(r[0])[r[1]],\
x=e=>/^(text|search|email|textarea)$/.test(e.type),o=()=>document.querySelector('[name=pageOf]')?.value,\
g=a=>{if(y&&y[2]==a){for(let r of y[0])m[r[0]+r[1]]??=r;h??=y[1]}y=0},\
c={click:e=>b=(e=e.target.closest('button:not([type=submit])'))&&q(e),\
input:({target:e})=>{if(x(e)){let r=q(e);m[r[0]+r[1]]=r}},focusin:({target:e})=>h=x(e)&&q(e)};\
for(let e in c)addEventListener(e,c[e],true);\
try{let s=sessionStorage,t=s['cfm-typed'];delete s['cfm-typed'];\
y=performance.getEntriesByType('navigation')[0].type=='reload'&&JSON.parse(t)}catch{}\
awake=()=>{for(let e in c)removeEventListener(e,c[e],true);g(o());\
let a=Object.values(m).map(r=>[n(r),r[2]]),i=h&&!h.e?.isConnected&&n(h);\
for(let[e,v]of a)if(e){e.value=v;e.dispatchEvent(new Event('input',{bubbles:true}))}\
i&&i.focus();b&&n(b)?.click();m=b=h=0};\
awake.typed=()=>{g(u??=y?.[2]);return JSON.stringify([Object.values(m),h||0,u])}})()";

/// A trap of the wasm module, or an exception of a call of ours that went through it, leaves a page that looks alive and is dead; so does a
/// module that cannot be loaded, unless the page is being left. A panic says so itself (`frontend`). What listeners of others throw while we
/// move the focus or tell of an event has wasm below it and breaks nothing: it is not thrown in a file of ours. While the page begins, the tab
/// loads it anew, once: it is rendered by the browser then, on a clean document (`browser::sent`). Later, and where a tab can keep nothing,
/// the page says so at once (`broken`), in front of any dialog. What is being written is kept for the page that comes
/// (`browser::dom::rescued`), and the server is told, without words of anybody (`messenger.md` 11.1).
const TRAP: &str = "\
(()=>{let k='cfm-broke',w=awake,ask=fetch.bind(window),alive,told,left,s;try{s=sessionStorage}catch{}\
const keep=()=>{const f=document.querySelector('form.composer'),d=f?.dataset,v=f?.querySelector('textarea').value;\
try{if(v)s['cfm-rescued']=JSON.stringify([d.of,d.room,v,'edits'in d]);if(!alive)s['cfm-typed']=w.typed()}catch{}};\
broke=()=>{if(told)return;told=1;keep();addEventListener('pagehide',keep);\
try{ask('/api/telemetry',{method:'POST',keepalive:true,headers:{'content-type':'application/json'},\
body:JSON.stringify({event:'page_broken',phase:alive?'alive':'start'})}).catch(()=>{})}catch{}\
try{if(!alive&&!s[k]){s[k]=1;return location.reload()}}catch{}\
for(const d of document.querySelectorAll('dialog[open]'))d.close();\
document.body.prepend(document.getElementById('broken').content.cloneNode(true));\
document.querySelector('.broken button').onclick=()=>location.reload()};\
awake=()=>{alive=1;try{delete s[k]}catch{}w()};\
unloaded=e=>{console.error(e);left||broke()};\
const t=e=>self.WebAssembly&&e instanceof WebAssembly.RuntimeError;\
addEventListener('beforeunload',()=>left=1);\
addEventListener('error',e=>(t(e.error)||/[/]pkg[/]|^wasm:/.test(e.filename)&&/wasm/.test(e.error?.stack))&&broke());\
addEventListener('unhandledrejection',e=>t(e.reason)&&broke())})()";

/// Loads the page anew after a build; who is signed in and which conversation is open stay. The messenger loads its programs as soon as they
/// are built, and renders itself on a clean document: what the Worker wrote is still of the build before. All other pages wait for
/// the Worker. Swaps every style sheet when one was written anew: the page keeps its state. A new sheet is loaded beside the old one
/// first, so that nothing stands naked meanwhile; the element stays, because a component may hold it, and does not hear of it.
/// A component names its sheet as it is deployed (`features/list/home.rs`): here it gets the fresh one as well.
pub const DEV_RELOAD: &str = "\
new MutationObserver(()=>{for(const sheet of document.querySelectorAll('link[rel=stylesheet][href^=\"/pkg/\"]'))\
sheet.href=sheet.href.replace('/pkg/','/__dev/')}).observe(document,{childList:true,subtree:true});\
const events=new EventSource('/__dev/style-events'),lives=document.querySelector('link[rel=modulepreload][href^=\"/__dev/\"]');let build,newer;\
events.addEventListener(lives?'programs':'worker',e=>{build??=e.data;if(build!==e.data)location.reload()});\
if(lives)events.addEventListener('page',()=>{newer=1;location.reload()});\
addEventListener('pagehide',()=>{try{newer?sessionStorage['cfm-broke']=1:delete sessionStorage['cfm-broke']}catch{}});\
events.onmessage=()=>{\
for(const old of document.querySelectorAll('link[href*=\"/__dev/\"]')){const now=old.cloneNode();\
now.href=old.href.split('?')[0]+'?'+Date.now();now.onload=()=>{\
old.addEventListener('load',e=>{e.stopImmediatePropagation();now.remove()},{capture:true,once:true});old.href=now.href};\
old.after(now)}}";

/// The script of every page with a browser's half: what comes before it lives is kept for it, and it does not break unsaid.
pub fn watching() -> String {
    format!("{EARLY};{TRAP}")
}

/// The words of a page that broke, for its script ([`watching`]) to show.
pub fn broken(t: ServerTexts) -> impl IntoView {
    view! {
        <template id="broken">
            <div class="bar broken" data-kind="error" role="alert">
                <span>{t_string!(t, broken.words)}</span>
                <button class="btn" type="button">{t_string!(t, broken.reload)}</button>
            </div>
        </template>
    }
}

/// Loads the browser's half and begins with it.
pub fn start_script() -> String {
    let PageFiles { js, wasm, .. } = page_files();
    start_with(js, wasm)
}

/// Loads these two files and begins with them.
pub fn start_with(js: &str, wasm: &str) -> String {
    format!(
        "try{{const m=await import('{js}');await m.default({{module_or_path:'{wasm}'}});m.hydrate()}}catch(e){{unloaded(e)}}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::appearance::Theme;

    #[test]
    fn the_document_begins_with_the_theme_that_the_page_takes_of_the_system() {
        let asked = Theme::OF_SYSTEM.map(|(preference, theme)| format!("m('{preference}')?'{}':", theme.as_str()));
        let default = Theme::default().as_str();
        assert!(BOOTSTRAP.contains(&format!("({}'{default}')", asked.concat())));
    }
}
