;;; Drive eglot in a file with what a user of Emacs would call; print what came, for test_emacs.py -*- lexical-binding: t -*-

(require 'eglot)
(setq eglot-sync-connect t eglot-connect-timeout 60 eglot-autoshutdown t
      make-backup-files nil python-indent-guess-indent-offset nil)
(advice-add 'y-or-n-p :override #'always)

(defmacro until (what &rest holds)
  "Wait for WHAT, which is there once HOLDS."
  `(with-timeout (60 (error "Not there: %s" ,what))
     (while (not (progn ,@holds)) (accept-process-output nil 0.02))))

(defun tell (name value) (princ (format "%s\t%S\n" name value)))

(defun visit (file)
  (find-file file)
  (python-mode)
  (unless (eglot-managed-p) (call-interactively #'eglot))
  (until "eglot" (eglot-managed-p)))

;; The completion menu.
(visit "menu.py")
(end-of-line)
(until "a row of the menu" (progn (completion-at-point) (looking-back "\\+ b" 1)))
(tell 'line (buffer-substring-no-properties (line-beginning-position) (line-end-position)))

(let ((server (eglot-current-server)))
  (eglot-shutdown server)
  (tell 'running (and (jsonrpc-running-p server) t)))
(dolist (buffer (buffer-list)) (with-current-buffer buffer (set-buffer-modified-p nil)))
