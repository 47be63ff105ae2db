"""The public reads as files: which addresses there are, what each file is called, and the folder.

Only ``export_folders`` touches the disk, and only through it do files change.
"""
